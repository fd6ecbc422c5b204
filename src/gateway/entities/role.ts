// Owns the entities Role and AccountRole, and the bits that say what a role may do.

import type { RoleName } from "../../domain/account.js";

export type Role = {
  id: string;
  name: string;
  color: string;
  /** A decimal number: the sum of PERMISSIONS. */
  permissions: string;
  highlighted: boolean;
  collection_limit: number;
};

export type AccountRole = { id: string; name: string; color: string };

/** The bits of Mastodon's roles, which clients test. */
export const PERMISSIONS = {
  administrator: 0x1,
  viewDevops: 0x2,
  viewAuditLog: 0x4,
  viewDashboard: 0x8,
  manageReports: 0x10,
  manageFederation: 0x20,
  manageSettings: 0x40,
  manageBlocks: 0x80,
  manageTaxonomies: 0x100,
  manageAppeals: 0x200,
  manageUsers: 0x400,
  manageInvites: 0x800,
  manageRules: 0x1000,
  manageAnnouncements: 0x2000,
  manageCustomEmojis: 0x4000,
  manageWebhooks: 0x8000,
  inviteUsers: 0x10000,
  manageRoles: 0x20000,
  manageUserAccess: 0x40000,
  deleteUserData: 0x80000,
  viewFeeds: 0x100000,
} as const;

const EVERYTHING = Object.values(PERMISSIONS).reduce((sum, bit) => sum | bit, 0);
const EVERYONE = PERMISSIONS.inviteUsers;
const MODERATOR =
  EVERYONE |
  PERMISSIONS.viewDashboard |
  PERMISSIONS.viewAuditLog |
  PERMISSIONS.manageUsers |
  PERMISSIONS.manageReports |
  PERMISSIONS.manageTaxonomies |
  PERMISSIONS.viewFeeds;
const ADMIN = EVERYTHING & ~PERMISSIONS.administrator & ~PERMISSIONS.viewDevops;

type Known = { id: string; name: string; permissions: number; highlighted: boolean };

/** Role ids are fixed: they never name anything but these. */
const ROLES: Readonly<Record<RoleName, Known>> = {
  user: { id: "-99", name: "", permissions: EVERYONE, highlighted: false },
  moderator: { id: "1", name: "Moderator", permissions: MODERATOR, highlighted: true },
  admin: { id: "2", name: "Admin", permissions: ADMIN, highlighted: true },
  owner: { id: "3", name: "Owner", permissions: EVERYTHING, highlighted: true },
};
const COLLECTION_LIMIT = 10;

export function role(name: RoleName): Role {
  const known = ROLES[name];
  return {
    id: known.id,
    name: known.name,
    color: "",
    permissions: String(known.permissions),
    highlighted: known.highlighted,
    collection_limit: COLLECTION_LIMIT,
  };
}

export function accountRole(name: RoleName): AccountRole {
  const known = ROLES[name];
  return { id: known.id, name: known.name, color: "" };
}

/** True if the role holds the bit. */
export function roleMay(name: RoleName, permission: keyof typeof PERMISSIONS): boolean {
  return (ROLES[name].permissions & PERMISSIONS[permission]) !== 0;
}
