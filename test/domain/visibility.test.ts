// The one rule of visibility as a table: every standing, viewer and visibility, and who may see.

import t from "tap";
import {
  canSee,
  type Standing,
  VISIBILITIES,
  type Visibility,
} from "../../src/domain/visibility.js";

const AUTHOR = "1";
const VIEWER = "2";
const OTHER = "3";

type Row = {
  says: string;
  viewer: string | null;
  mentions?: readonly string[];
  standing?: Partial<Standing>;
  sees: readonly Visibility[];
};

const OPEN: readonly Visibility[] = ["public", "unlisted"];
const ALL = VISIBILITIES;

const ROWS: readonly Row[] = [
  { says: "nobody signed in sees what is open", viewer: null, sees: OPEN },
  { says: "nor does a mention of others help", viewer: null, mentions: [OTHER], sees: OPEN },
  {
    says: "a stranger sees what is open, whoever is mentioned",
    viewer: VIEWER,
    mentions: [OTHER],
    sees: OPEN,
  },
  {
    says: "a follower sees private posts too, and no direct ones",
    viewer: VIEWER,
    mentions: [OTHER],
    standing: { authorFollowedByViewer: true },
    sees: ["public", "unlisted", "private"],
  },
  { says: "who is mentioned sees all", viewer: VIEWER, mentions: [OTHER, VIEWER], sees: ALL },
  { says: "the author sees all", viewer: AUTHOR, sees: ALL },
  {
    says: "a block hides all, from followers and the mentioned too",
    viewer: VIEWER,
    mentions: [VIEWER],
    standing: { authorFollowedByViewer: true, authorBlocksViewer: true },
    sees: [],
  },
  {
    says: "no block keeps authors from their own posts",
    viewer: AUTHOR,
    standing: { authorBlocksViewer: true },
    sees: ALL,
  },
  {
    says: "of who is gone nobody sees a thing",
    viewer: null,
    standing: { authorGone: true },
    sees: [],
  },
  {
    says: "nor does a follower who is mentioned",
    viewer: VIEWER,
    mentions: [VIEWER],
    standing: { authorGone: true, authorFollowedByViewer: true },
    sees: [],
  },
  { says: "nor the author", viewer: AUTHOR, standing: { authorGone: true }, sees: [] },
];

const seen = (row: Row, visibility: Visibility): boolean =>
  canSee({ accountId: AUTHOR, visibility, mentionIds: row.mentions ?? [] }, row.viewer, {
    authorFollowedByViewer: false,
    authorBlocksViewer: false,
    authorGone: false,
    ...row.standing,
  });

t.test("who may see what", async (t) => {
  for (const row of ROWS) {
    t.same(
      VISIBILITIES.filter((it) => seen(row, it)),
      row.sees,
      row.says,
    );
  }
});

t.test("taking a standing away never shows more, and a block never does", async (t) => {
  const flags = [false, true];
  for (const follows of flags) {
    for (const mentions of [[], [VIEWER]]) {
      const standing = { authorFollowedByViewer: follows };
      const row = { says: "", viewer: VIEWER, mentions, standing, sees: [] };
      for (const visibility of VISIBILITIES) {
        const blocked = { ...row, standing: { ...standing, authorBlocksViewer: true } };
        const stranger = { ...row, mentions: [], standing: {} };
        const name = `${visibility}, ${follows ? "follows" : "does not follow"}, ${mentions.length}`;
        t.notOk(seen(blocked, visibility), `blocked: ${name}`);
        t.ok(!seen(stranger, visibility) || seen(row, visibility), `a stranger: ${name}`);
      }
    }
  }
});

t.test("an empty id is not nobody's", async (t) => {
  const row: Row = { says: "", viewer: "", mentions: [OTHER], sees: [] };
  t.notOk(seen(row, "private"));
  t.notOk(seen(row, "direct"));
});
