// Owns the entity Preferences.

import type { QuotePolicy, UserDoc } from "../../domain/account.js";
import type { Visibility } from "../../domain/visibility.js";

export type Preferences = {
  "posting:default:visibility": Visibility;
  "posting:default:sensitive": boolean;
  "posting:default:language": string | null;
  "posting:default:quote_policy": QuotePolicy;
  "reading:expand:media": "default" | "show_all" | "hide_all";
  "reading:expand:spoilers": boolean;
  "reading:autoplay:gifs": boolean | null;
};

export const preferences = ({ settings }: Pick<UserDoc, "settings">): Preferences => ({
  "posting:default:visibility": settings.privacy,
  "posting:default:sensitive": settings.sensitive,
  "posting:default:language": settings.language,
  "posting:default:quote_policy": settings.quotePolicy,
  "reading:expand:media": settings.expandMedia,
  "reading:expand:spoilers": settings.expandSpoilers,
  "reading:autoplay:gifs": settings.autoplayGifs,
});
