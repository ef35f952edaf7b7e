import { type OperationDefinitionNode } from 'graphql';

/** A developer's word for an operation. More digits in a row than a version has may be somebody's number. */
const PLAIN = /^(?!.*\d{5})\w{1,64}$/;

/** What logs, metrics and traces call an operation: its name where that is a plain one. */
export function operationNameOf({ name }: OperationDefinitionNode): string {
  if (!name) return 'anonymous';
  return PLAIN.test(name.value) ? name.value : 'unusual';
}
