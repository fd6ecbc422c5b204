// Owns the list of all routes of this folder, and what they need. `checkPassword` of the password
// grant is the same as the page's.

import { isFault } from "../../base/faults.js";
import type { Actors } from "../../ports/actors.js";
import type { Route } from "../http/route.js";
import type { Reads } from "../read/reads.js";
import { appPageRoutes } from "./app-pages.js";
import { authorizeRoutes } from "./authorize-pages.js";
import { checkPassword, type LoginParts } from "./find-user.js";
import type { PageParts } from "./page-parts.js";
import { passwordRoutes } from "./password-pages.js";
import type { GrantSettings } from "./server.js";
import type { Sessions } from "./sessions.js";
import { setUpRoutes } from "./set-up-page.js";
import { signInRoutes } from "./sign-in-pages.js";
import type { SignUpParts } from "./sign-up.js";
import { signUpPageRoutes } from "./sign-up-pages.js";
import { tokenRoutes } from "./token-routes.js";
import type { TokenParts } from "./tokens.js";

export type OAuthParts = SignUpParts &
  LoginParts &
  TokenParts & {
    actors: Actors;
    reads: Reads;
    sessions: Sessions;
    settings: GrantSettings;
    publicUrl: string;
  };

/** Every route of signing in, letting apps in, and their tokens. */
export function oauthRoutes(given: OAuthParts): Route[] {
  const parts: PageParts & OAuthParts = {
    ...given,
    checkPassword: async (name, password) => {
      const found = await checkPassword(given, name, password);
      return isFault(found) ? found : (found.barred ?? found.user);
    },
  };
  return [
    ...tokenRoutes(parts),
    ...authorizeRoutes(parts),
    ...appPageRoutes(parts),
    ...signInRoutes(parts),
    ...signUpPageRoutes(parts),
    ...setUpRoutes(parts),
    ...passwordRoutes(parts),
  ];
}
