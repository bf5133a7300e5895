// Which action of a definition runs a task, and what that action gets. Pure, and the same on the hub's side (is this
// agent eligible?) and in the agent's thread (which function do I call?), so the two cannot disagree.
//
// The task's `action` if it names one, else its `type`, else the media type of its input, else the default action.

/** What the hub knows of an action without loading its schema. */
export interface ActionMeta {
  readonly name: string;
  /** Task types it does; its own name unless it says otherwise. */
  readonly types: readonly string[];
  /** Media types of input it takes, such as `text/csv` or `text/*`. */
  readonly accepts: readonly string[];
  readonly isDefault: boolean;
}

export interface WantedAction {
  readonly type: string;
  readonly action: string | null;
  readonly mediaType: string | null;
}

export interface ChosenAction {
  readonly name: string;
  /** Chosen because nothing fitted: it gets `{description, parameters}` instead of the parameters. */
  readonly asDefault: boolean;
}

/** What an action may be given, in the order in which its shape is tried. */
export function inputForms(
  { asDefault }: ChosenAction,
  isDefault: boolean,
  description: string,
  parameters: Readonly<Record<string, unknown>>,
): readonly unknown[] {
  if (!isDefault) return [parameters];
  // Why both: a default action that is also called by its name has one shape, written for one of the two ways.
  const whole = { description, parameters };
  return asDefault ? [whole, parameters] : [parameters, whole];
}

export function chooseAction(actions: readonly ActionMeta[], wanted: WantedAction): ChosenAction | undefined {
  if (wanted.action !== null) return chosen(actions.find((one) => one.name === wanted.action));
  const byType = actions.find((one) => one.types.includes(wanted.type));
  if (byType !== undefined) return chosen(byType);
  const { mediaType } = wanted;
  const byMedia =
    mediaType === null ? undefined : actions.find((one) => acceptsMedia(one.accepts, mediaType));
  if (byMedia !== undefined) return chosen(byMedia);
  return chosen(
    actions.find((one) => one.isDefault),
    true,
  );
}

function chosen(action: ActionMeta | undefined, asDefault = false): ChosenAction | undefined {
  return action === undefined ? undefined : { name: action.name, asDefault };
}

function acceptsMedia(accepts: readonly string[], given: string): boolean {
  const type = (given.split(";")[0] as string).trim().toLowerCase();
  const family = `${type.split("/")[0]}/*`;
  return accepts.some((one) => one === type || one === family || one === "*/*");
}
