/*
 * A form over something that others may change too. What is typed is held against what the form began from (If-Match); when that
 * is refused, what is stored now is loaded, and what was typed stays.
 */
import type { FormInstance } from 'antd';
import { useEffect, useState } from 'react';

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/* What was typed since the form had the fields of before stays, the rest becomes that of now. */
export function fillUntyped<Fields extends object>(form: FormInstance<Fields>, before: Fields, now: Fields) {
  for (const name of Object.keys(now) as (keyof Fields)[])
    if (same(form.getFieldValue(name as never), before[name])) form.setFieldValue(name as never, now[name]);
}

/* from: what the form began from; it follows stored, whose fields are fieldsOf(stored), until somebody types. fieldsOf names every
   field. */
export function useEdited<Stored, Fields extends object>(form: FormInstance<Fields>, open: boolean, stored: Stored, fieldsOf: (stored: Stored) => Fields) {
  const fields = fieldsOf(stored);
  const [began, setBegan] = useState({ from: stored, fields });
  const begin = () => { setBegan({ from: stored, fields }); form.setFieldsValue(fields as never); };
  const typed = () => (Object.keys(began.fields) as (keyof Fields)[]).some((name) => !same(form.getFieldValue(name as never), began.fields[name]));
  useEffect(() => { if (open) begin(); }, [open]);
  useEffect(() => { if (open && !typed()) begin(); }, [stored, JSON.stringify(fields)]);
  return {
    from: began.from,
    typed,
    forget: () => form.setFieldsValue(began.fields as never),
    load: (now: Stored) => {
      fillUntyped(form, began.fields, fieldsOf(now));
      setBegan({ from: now, fields: fieldsOf(now) });
    },
  };
}
