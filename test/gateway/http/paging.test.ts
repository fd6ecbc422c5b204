// Paging: which page is read, in which order it is shown, and where its links lead.

import t from "tap";
import { z } from "zod";
import { isFault } from "../../../src/base/faults.js";
import { rankOf } from "../../../src/base/ids.js";
import {
  linkHeader,
  newestFirst,
  type PageParams,
  paged,
  pageParams,
  readPage,
  toPageOf,
} from "../../../src/gateway/http/paging.js";
import { checkParams, queryParams } from "../../../src/gateway/http/params.js";
import type { Collections, Member, PageOf } from "../../../src/ports/storage.js";
import { bodyOf, requestFor } from "./doubles.js";

const schema = z.object(pageParams({ def: 20, max: 40 }));

function paramsOf(query: string, shape: z.ZodType = schema): PageParams {
  const sent = queryParams(query);
  const params = isFault(sent) ? sent : checkParams(shape, sent);
  if (isFault(params)) throw new Error(JSON.stringify(params));
  return params as PageParams;
}

t.test("reads the size of a page as Mastodon does", async (t) => {
  const rows: [string, number][] = [
    ["", 20],
    ["limit=5", 5],
    ["limit=-5", 5],
    ["limit=1000", 40],
    ["limit=0", 0],
    ["limit=abc", 20],
    ["limit=", 20],
    ["limit[]=5", 20],
    ["limit=1e9", 20],
  ];
  for (const [query, limit] of rows) t.equal(paramsOf(query).limit, limit, query);
});

t.test("passes over what cannot be an id, and min_id where a list does not know it", async (t) => {
  t.same(paramsOf("max_id=abc&since_id=&min_id[]=3"), { limit: 20 });
  const relations = z.object(pageParams({ def: 40, max: 80, minId: false }));
  t.equal(paramsOf("min_id=5&since_id=4", relations).min_id, undefined);
  t.equal(paramsOf("min_id=5&since_id=4", relations).since_id, "4");
});

t.test("turns parameters into a page of a collection", async (t) => {
  t.same(toPageOf(paramsOf("max_id=9&limit=2")), { limit: 2, below: rankOf("9") });
  t.same(toPageOf(paramsOf("since_id=3")), { limit: 20, above: rankOf("3") });
  t.same(toPageOf(paramsOf("min_id=3&max_id=9")), {
    limit: 20,
    below: rankOf("9"),
    above: rankOf("3"),
    from: "low",
  });
});

/** A collection of the ids 1 to 9, read by the rules of the port. */
const nine: Pick<Collections, "page"> = {
  async page(_name: string, page: PageOf): Promise<Member[]> {
    const ranks = Array.from({ length: 9 }, (_, at) => rankOf(String(at + 1)))
      .filter((it) => page.below === undefined || it < page.below)
      .filter((it) => page.above === undefined || it > page.above);
    if (page.from !== "low") ranks.reverse();
    return ranks.slice(0, page.limit).map((rank) => ({ rank, member: rank, value: "" }));
  },
};

t.test("shows every page newest first", async (t) => {
  const read = async (query: string) =>
    (await readPage(nine as Collections, "c", paramsOf(query))).map((it) => Number(it.rank));
  t.same(await read("limit=3"), [9, 8, 7]);
  t.same(await read("limit=3&max_id=7"), [6, 5, 4]);
  t.same(await read("limit=3&since_id=2"), [9, 8, 7], "the newest, with a gap");
  t.same(await read("limit=3&min_id=2"), [5, 4, 3], "right after it, without a gap");
  t.same(await read("limit=9&min_id=2&max_id=5"), [4, 3]);
  t.same(await read("limit=0"), []);
  t.same(newestFirst(paramsOf("min_id=1"), [1, 2]), [2, 1]);
});

t.test("links to the pages around, with the other parameters and never the token", async (t) => {
  const request = requestFor("/api/v1/x?limit=2&max_id=9&access_token=secret&tags[]=a%20b&q=<i>");
  const link = linkHeader("https://social.example", request, {
    next: "max_id=3",
    prev: "min_id=8",
  });
  const base = "https://social.example/api/v1/x?limit=2&tags[]=a%20b&q=%3Ci%3E";
  t.equal(link, `<${base}&max_id=3>; rel="next", <${base}&min_id=8>; rel="prev"`);
  t.equal(linkHeader("https://social.example", request, {}), null);
});

t.test(
  "links on from a full page only, but always for timelines; never from an empty one",
  async (t) => {
    const page = (query: string, ids: string[], links = {}) =>
      paged({
        publicUrl: "https://s.example",
        request: requestFor(`/x?${query}`),
        params: paramsOf(query),
        ids,
        documents: ids.map((id) => Buffer.from(`{"id":"${id}"}`)),
        links,
      });
    const link = (...asked: Parameters<typeof page>) => String(page(...asked).headers?.["link"]);
    t.match(link("limit=2", ["9", "8"]), /max_id=8>; rel="next", .*min_id=9>; rel="prev"/);
    t.notMatch(link("limit=2", ["9"]), "next");
    t.match(link("limit=2", ["9"]), /min_id=9>; rel="prev"/);
    t.match(link("limit=2", ["9"], { always: true }), /max_id=9>; rel="next"/);
    t.match(link("limit=2", ["9", "8"], { prevBy: "since_id" }), /since_id=9>; rel="prev"/);
    t.equal(page("", []).headers?.["link"], undefined);
    t.same(bodyOf(page("limit=2", ["9", "8"])), [{ id: "9" }, { id: "8" }]);
  },
);
