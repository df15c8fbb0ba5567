/* What went wrong, in words: a problem of the server (RFC 9457), or that there was no answer. */
import type { Text } from './words';

export class Problem extends Error {
  constructor(
    /* the last word of the problem's type; 'offline' when nothing answered */
    readonly kind: string,
    readonly status: number,
    /* in the reader's language; empty: the title says all */
    readonly detail: string,
    readonly requestId: string,
    readonly retryAfter?: number,
  ) {
    super(detail || kind);
  }
}

export const problemTitles: Record<string, Text> = {
  invalid: ['Something in the form is not right', '填写内容有误'],
  unauthenticated: ['You are signed out', '您已退出登录'],
  forbidden: ['You may not do this', '您没有此权限'],
  'not-found': ['This is not there', '未找到'],
  gone: ['This is no longer there', '内容已不存在'],
  conflict: ['This cannot be done now', '当前无法执行此操作'],
  stale: ['Somebody else changed this meanwhile', '内容已被他人修改'],
  'too-large': ['This is too large', '内容过大'],
  unsupported: ['The server does not take this', '服务器不支持此操作'],
  unprocessable: ['This is not possible', '无法执行'],
  'too-many': ['Too many attempts', '尝试次数过多'],
  unavailable: ['This does not work at the moment', '服务暂时不可用'],
  internal: ['Something broke in the server', '服务器内部错误'],
  offline: ['The server does not answer', '服务器无响应'],
};

/* Somebody else was faster with a change of the same thing. */
export const isStale = (e: unknown) => e instanceof Problem && e.kind === 'stale';

export const asProblem = (e: unknown) =>
  e instanceof Problem ? e : new Problem('internal', 0, e instanceof Error ? e.message : String(e), '');
