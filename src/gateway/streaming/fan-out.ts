// Owns the way from what happened to what is sent: for each event the audience, the bytes, and the
// name of the push. Source: Mastodon API 4.6, streaming ("what is pushed when").

import { isFault } from "../../base/faults.js";
import type { StatusDoc } from "../../domain/status.js";
import type { DomainEvent } from "../../ports/events.js";
import type { PresentOptions, Reads } from "../read/reads.js";
import {
  type Audience,
  audienceBelow,
  audienceOf,
  blockedByAuthor,
  deliverTo,
  deliverToAll,
  followersAmong,
  forEachViewer,
  only,
} from "./audience.js";
import type { Hub } from "./hub.js";
import { PlainViewers } from "./plain-viewers.js";
import { Push } from "./push.js";
import {
  accountChannel,
  listChannel,
  maySeeNotifications,
  publicChannels,
  tagChannel,
} from "./stream-names.js";

export type StatusEvent = Extract<DomainEvent, { statusId: string; authorId: string }>;

/** Which posts a closed feed holds back: those written here, those from elsewhere. */
export type ClosedSides = { local: boolean; remote: boolean };

/** What streams need of the rest of the node. */
export type FanOutParts = {
  reads: Reads;
  /** The notification as a document in the flat form, or null if it is gone or held back. */
  notificationJson: (accountId: string, notificationId: string) => Promise<Uint8Array | null>;
  conversationJson: (accountId: string, conversationId: string) => Promise<Uint8Array | null>;
  announcementJson: (announcementId: string) => Promise<Uint8Array | null>;
  /** Ids of the account's lists on whose timeline the status is. */
  listsHolding: (accountId: string, status: StatusDoc) => Promise<readonly string[]>;
  /** Feeds that are switched off; what belongs there is held back. By default none is. */
  closedFeeds?: { live: ClosedSides; hashtag: ClosedSides };
  /** True if the account blocks, mutes and filters nothing, and has chosen no languages. */
  isPlainViewer: (accountId: string) => Promise<boolean>;
  /** Those of the accounts that the author blocks; by default `Reads.relations` are read. */
  blockedBy?: (authorId: string, accountIds: readonly string[]) => Promise<ReadonlySet<string>>;
  /** Those of the accounts on whose home timeline the status is; by default the author's followers. */
  homesHolding?: (
    statusId: string,
    authorId: string,
    accountIds: readonly string[],
  ) => Promise<Iterable<string>>;
};

const HOME: PresentOptions = { context: "home", dropUnwanted: true };
const LIST: PresentOptions = { context: "list", dropUnwanted: true };
const PUBLIC: PresentOptions = { context: "public", dropUnwanted: true };

export class FanOut {
  readonly #hub: Hub;
  readonly #parts: FanOutParts;
  readonly #plain: PlainViewers;

  constructor(hub: Hub, parts: FanOutParts) {
    this.#hub = hub;
    this.#parts = parts;
    this.#plain = new PlainViewers(parts.isPlainViewer);
  }

  /** What is known of the viewer is out of date. */
  viewerChanged(accountId: string): void {
    this.#plain.drop(accountId);
  }

  async statusCreated(event: StatusEvent): Promise<void> {
    await Promise.all([
      this.#toPublic(event, "update"),
      this.#toLists(event, audienceBelow(this.#hub, "list/"), "update"),
    ]);
  }

  async statusEdited(event: StatusEvent): Promise<void> {
    const homes = audienceBelow(this.#hub, "account/", ["user"]);
    const mentioned = audienceOf(this.#hub, event.mentionIds.map(accountChannel), [
      "user:notification",
    ]);
    await Promise.all([
      this.#toPublic(event, "status.update"),
      this.#toLists(event, audienceBelow(this.#hub, "list/"), "status.update"),
      this.#homesOf(event, homes).then((it) =>
        this.#toViewers(it, event.statusId, "status.update"),
      ),
      this.#toViewers(mentioned, event.statusId, "status.update"),
    ]);
  }

  async statusDeleted(event: StatusEvent): Promise<void> {
    const push = new Push("delete", event.statusId);
    deliverToAll(audienceOf(this.#hub, this.#openChannels(event)), push);
    const homes = audienceBelow(this.#hub, "account/", ["user"]);
    const lists = audienceBelow(this.#hub, "list/");
    deliverToAll(await this.#homesOf(event, homes), push);
    deliverToAll(await this.#homesOf(event, lists), push);
  }

  async homeAdded(statusId: string, accountIds: readonly string[]): Promise<void> {
    const audience = audienceOf(this.#hub, accountIds.map(accountChannel), ["user"]);
    await this.#toViewers(audience, statusId, "update");
  }

  async notificationCreated(accountId: string, notificationId: string): Promise<void> {
    const listening = this.#notified(accountId);
    if (listening.length === 0) return;
    const json = await this.#parts.notificationJson(accountId, notificationId);
    if (json !== null) deliverTo(this.#notified(accountId), new Push("notification", json));
  }

  notificationsMerged(accountId: string): void {
    deliverTo(this.#notified(accountId), new Push("notifications_merged", "1"));
  }

  filtersChanged(accountId: string): void {
    this.#plain.drop(accountId);
    const audience = audienceOf(this.#hub, [accountChannel(accountId)], ["user"]);
    deliverToAll(audience, new Push("filters_changed", null));
  }

  async conversationChanged(accountId: string, conversationId: string): Promise<void> {
    const channel = [accountChannel(accountId)];
    if (audienceOf(this.#hub, channel, ["direct"]).size === 0) return;
    const json = await this.#parts.conversationJson(accountId, conversationId);
    if (json === null) return;
    deliverToAll(audienceOf(this.#hub, channel, ["direct"]), new Push("conversation", json));
  }

  async announced(announcementId: string): Promise<void> {
    const json = await this.#parts.announcementJson(announcementId);
    if (json !== null) this.toEveryUser(new Push("announcement", json));
  }

  /** Sends to each `user` stream. */
  toEveryUser(push: Push): void {
    deliverToAll(audienceBelow(this.#hub, "account/", ["user"]), push);
  }

  #notified(accountId: string) {
    return [...this.#hub.on(accountChannel(accountId))].filter(
      ({ listener, stream }) =>
        stream.kind !== "direct" && maySeeNotifications(listener.auth.scopes),
    );
  }

  /** Renders the status for each viewer and sends it to those who may see it. */
  #toViewers(
    audience: Audience,
    statusId: string,
    name: string,
    options: PresentOptions = HOME,
  ): Promise<void> {
    return forEachViewer(audience, async (accountId, subscriptions) => {
      const [shown] = await this.#parts.reads.statuses({ accountId }, [statusId], options);
      if (shown !== undefined) deliverTo(subscriptions, new Push(name, shown.json));
    });
  }

  async #toPublic(event: StatusEvent, name: string): Promise<void> {
    const { reads } = this.#parts;
    const audience = audienceOf(this.#hub, this.#openChannels(event));
    if (audience.size === 0) return;
    const author = await reads.accountDoc(event.authorId);
    if (author === null || author.limited || author.suspended) return;
    const [shown] = await reads.statuses(null, [event.statusId], PUBLIC);
    const status = await reads.visibleStatus(null, event.statusId);
    if (shown === undefined || isFault(status)) return;
    if (status.quoteOfId !== null) {
      // Whoever is quoted may block the viewer: what is shared would show it all the same.
      await this.#toChoosy(audience, event.statusId, name);
      return;
    }
    const plain = await this.#plainOf(audience);
    const asked = [...plain].filter((it) => it !== event.authorId);
    const blocked = await (this.#parts.blockedBy?.(event.authorId, asked) ??
      blockedByAuthor(reads, event.authorId, asked));
    const push = new Push(name, shown.json);
    deliverToAll(
      only(audience, (it) => plain.has(it) && !blocked.has(it)),
      push,
    );
    await this.#toChoosy(
      only(audience, (it) => !plain.has(it)),
      event.statusId,
      name,
    );
  }

  async #plainOf(audience: Audience): Promise<Set<string>> {
    const plain = new Set<string>();
    const asked: Promise<void>[] = [];
    for (const accountId of audience.keys()) {
      const answer = this.#plain.isPlain(accountId);
      if (answer === true) plain.add(accountId);
      else if (answer !== false) {
        asked.push(answer.then((isPlain) => void (isPlain && plain.add(accountId))));
      }
    }
    await Promise.all(asked);
    return plain;
  }

  /** Viewers with wishes of their own: their languages first, then what the reads leave of it. */
  async #toChoosy(audience: Audience, statusId: string, name: string): Promise<void> {
    const { reads } = this.#parts;
    await forEachViewer(audience, async (accountId, subscriptions) => {
      const viewer = { accountId };
      const status = await reads.visibleStatus(viewer, statusId);
      if (isFault(status)) return;
      const user = await reads.userDoc(accountId);
      const chosen = user?.settings.chosenLanguages ?? [];
      const { language } = status;
      if (chosen.length > 0 && language !== null && !chosen.includes(language)) return;
      const [shown] = await reads.statuses(viewer, [statusId], PUBLIC);
      if (shown !== undefined) deliverTo(subscriptions, new Push(name, shown.json));
    });
  }

  async #toLists(event: StatusEvent, audience: Audience, name: string): Promise<void> {
    const { reads, listsHolding } = this.#parts;
    await forEachViewer(audience, async (accountId, subscriptions) => {
      const viewer = { accountId };
      const status = await reads.visibleStatus(viewer, event.statusId);
      if (isFault(status)) return;
      const channels = new Set((await listsHolding(accountId, status)).map(listChannel));
      const wanted = subscriptions.filter(({ stream }) => channels.has(stream.channel));
      if (wanted.length === 0) return;
      const [shown] = await reads.statuses(viewer, [event.statusId], LIST);
      if (shown !== undefined) deliverTo(wanted, new Push(name, shown.json));
    });
  }

  /** Those of the audience who may have the status on their home timeline. */
  async #homesOf(event: StatusEvent, audience: Audience): Promise<Audience> {
    if (audience.size === 0) return audience;
    const { homesHolding, reads } = this.#parts;
    const ids = [...audience.keys()];
    const isDirect = event.visibility === "direct";
    const holding = isDirect
      ? []
      : await (homesHolding?.(event.statusId, event.authorId, ids) ??
          followersAmong(reads, event.authorId, ids));
    const wanted = new Set([...holding, event.authorId, ...event.mentionIds]);
    const blocked = await blockedByAuthor(reads, event.authorId, [...wanted]);
    return only(audience, (it) => wanted.has(it) && !blocked.has(it));
  }

  /** Public and hashtag channels that a status belongs on; none if it is not public. */
  #openChannels(event: StatusEvent): string[] {
    if (event.visibility !== "public" || event.isBoost) return [];
    const closed = this.#parts.closedFeeds;
    const side = event.local ? "local" : "remote";
    const isLive = !event.isReplyToOther && closed?.live[side] !== true;
    const channels = isLive ? publicChannels(event) : [];
    if (closed?.hashtag[side] === true) return channels;
    for (const tag of event.tags) {
      channels.push(tagChannel(tag, false));
      if (event.local) channels.push(tagChannel(tag, true));
    }
    return channels;
  }
}
