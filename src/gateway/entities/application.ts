// Owns the entities Application, CredentialApplication and Token.

export type Application = {
  id: string;
  name: string;
  website: string | null;
  scopes: string[];
  redirect_uris: string[];
  redirect_uri: string;
  vapid_key: string;
};

export type ApplicationView = {
  id: string;
  name: string;
  website: string | null;
  scopes: readonly string[];
  redirectUris: readonly string[];
  /** The server's key for push; "" while push is off. */
  vapidKey: string;
};

export const application = (view: ApplicationView): Application => ({
  id: view.id,
  name: view.name,
  website: view.website,
  scopes: [...view.scopes],
  redirect_uris: [...view.redirectUris],
  redirect_uri: view.redirectUris.join("\n"),
  vapid_key: view.vapidKey,
});

export type CredentialApplication = Application & {
  client_id: string;
  client_secret: string;
  /** 0: never. */
  client_secret_expires_at: number;
};

export const credentialApplication = (
  view: ApplicationView & { clientId: string; clientSecret: string },
): CredentialApplication => ({
  ...application(view),
  client_id: view.clientId,
  client_secret: view.clientSecret,
  client_secret_expires_at: 0,
});

export type Token = {
  access_token: string;
  token_type: "Bearer";
  scope: string;
  /** Seconds since 1970. */
  created_at: number;
};

export const token = (view: {
  token: string;
  scopes: readonly string[];
  createdAtMs: number;
}): Token => ({
  access_token: view.token,
  token_type: "Bearer",
  scope: view.scopes.join(" "),
  created_at: Math.floor(view.createdAtMs / 1000),
});
