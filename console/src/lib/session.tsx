/* Who is signed in, and what they may do. */
import { createContext, useContext } from 'react';
import type { Schema } from './api';
import type { Text } from './words';

export type Me = Schema<'Me'>;
export type Role = Me['role'];

export const roleNames: Record<Role, Text> = {
  owner: ['Owner', '所有者'],
  'security-admin': ['Security administrator', '安全管理员'],
  approver: ['Approver', '审批人'],
  auditor: ['Auditor', '审计员'],
};

export const changers: Role[] = ['owner', 'security-admin'];
export const readers: Role[] = ['owner', 'security-admin', 'auditor'];

const Context = createContext<Me>(null as never);
export const MeProvider = Context.Provider;
export const useMe = () => useContext(Context);

/* Whether the reader has one of these roles: what one may not do is not offered. */
export const useMay = (...roles: Role[]) => roles.includes(useMe().role);
/* Owners and security administrators, who change things. */
export const useMayChange = () => useMay(...changers);
