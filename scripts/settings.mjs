// Owns writing the pages that are made from the settings schema: docs/settings.md and
// config/example.yaml. Run after changing config/schema.ts: `npm run settings`.

import { writeFileSync } from "node:fs";
import { exampleFile, settingsPage } from "../dist/config/explain.js";

writeFileSync(new URL("../docs/settings.md", import.meta.url), settingsPage());
writeFileSync(new URL("../config/example.yaml", import.meta.url), exampleFile());
