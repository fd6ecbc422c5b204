// Owns what every serializer may know of the server itself. No addresses end in a slash.

export type Site = {
  /** Such as `https://social.example`. */
  publicUrl: string;
  /** Where blobs are read: blob keys are appended after a slash. */
  filesUrl: string;
  defaultAvatarUrl: string;
  defaultHeaderUrl: string;
};
