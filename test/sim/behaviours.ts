// Owns the two small behaviours that the simulator runs. A purse moves money to other purses by a
// durable tell, and credits without looking for repeats: only the runtime keeps it from crediting
// twice. A circle has members, and looks at the read side before it decides.

import { type Behaviour, record, refuse } from "../../src/actors/behaviour.js";
import type { Effect } from "../../src/actors/effects.js";
import { dropMember, putMember } from "../../src/base/changes.js";
import { fault } from "../../src/base/faults.js";

export type PurseState = { id: string; balance: number };
export type PurseCommand =
  | { type: "deposit"; id: string; amount: number }
  | { type: "send"; id: string; amount: number; to: string }
  | { type: "credit"; id: string; amount: number }
  | { type: "read" };
export type PurseFact =
  | { type: "deposited"; id: string; amount: number }
  | { type: "sent"; id: string; amount: number; to: string }
  | { type: "credited"; id: string; amount: number };

export const purse: Behaviour<PurseState, PurseCommand, PurseFact> = {
  kind: "account",
  version: 1,
  empty: (id) => ({ id, balance: 0 }),
  decide(state, command) {
    switch (command.type) {
      case "deposit": {
        const { id, amount } = command;
        return record<PurseFact>([{ type: "deposited", id, amount }], { id });
      }
      case "credit": {
        const { id, amount } = command;
        return record<PurseFact>([{ type: "credited", id, amount }], { id });
      }
      case "send": {
        const { id, amount, to } = command;
        if (state.balance < amount) return refuse(fault("invalid", "Not enough in the purse"));
        return record<PurseFact>([{ type: "sent", id, amount, to }], { id });
      }
      case "read":
        return { facts: [], reply: { balance: state.balance } };
    }
  },
  evolve(state, fact) {
    state.balance += fact.type === "sent" ? -fact.amount : fact.amount;
    return state;
  },
  index: () => [],
  react(state, fact): readonly Effect[] {
    if (fact.type !== "sent") return [];
    const { id, amount, to } = fact;
    const command = { type: "credit", id, amount };
    return [
      { ask: "tell", durable: true, to: { kind: "account", id: to }, command },
      { ask: "mail", durable: true, template: "approved", accountId: state.id, token: id },
      { ask: "refresh-home", durable: false, accountId: state.id },
    ];
  },
};

export type CircleCommand = { type: "join" | "part"; id: string; who: string };
export type CircleFact = { type: "joined" | "parted"; id: string; who: string };

export const circleOf = (id: string): string => `circle/${id}`;

export const circle: Behaviour<{ id: string }, CircleCommand, CircleFact> = {
  kind: "inbox",
  version: 1,
  empty: (id) => ({ id }),
  needs: (state, command) => [{ collection: circleOf(state.id), member: command.who }],
  decide(state, command, { reads }) {
    const isIn = reads.member(circleOf(state.id), command.who) !== null;
    const { id, who } = command;
    if (command.type === "join") {
      return isIn ? refuse(fault("duplicate")) : record<CircleFact>([{ type: "joined", id, who }]);
    }
    return isIn ? record<CircleFact>([{ type: "parted", id, who }]) : refuse(fault("not-found"));
  },
  evolve: (state) => state,
  index(state, fact) {
    const { id } = state;
    if (fact.type === "parted") return [dropMember(circleOf(id), fact.who)];
    return [putMember(circleOf(id), fact.who, fact.who, fact.id)];
  },
  react: () => [],
};
