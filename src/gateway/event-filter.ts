// Which events a subscriber wants: topics (a family such as `tasks`, a type such as `task_completed`, or a prefix such
// as `agent_*`) and filters (fields of an event's data that must have a value). Same wish, same key: sockets that want
// the same share one group, and an event is matched once per group.

import { EVENT_TOPICS, EVENT_TYPES, type EventType, type HubEvent, topicOf } from "../wire/event-shapes.js";
import { RequestError } from "../wire/http-shapes.js";

export interface EventFilter {
  /** Equal for equal wishes. */
  readonly key: string;
  matches(event: HubEvent): boolean;
}

function typesOf(topic: string): readonly EventType[] {
  if (topic === "*") return EVENT_TYPES;
  if (topic.endsWith("*")) return EVENT_TYPES.filter((type) => type.startsWith(topic.slice(0, -1)));
  return EVENT_TYPES.filter((type) => type === topic || topicOf(type) === topic);
}

/** Compiles a wish. A topic that names no event is refused, since its subscriber would wait forever. */
export function compileFilter(wish: {
  topics: readonly string[];
  filters: Readonly<Record<string, unknown>>;
}): EventFilter {
  const types = new Set<EventType>();
  for (const [index, topic] of (wish.topics.length === 0 ? ["*"] : wish.topics).entries()) {
    const named = typesOf(topic);
    if (named.length === 0) {
      const message = `names no event; topics are ${EVENT_TOPICS.join(", ")}, event types, or a prefix such as task_*`;
      throw new RequestError("VALIDATION_ERROR", `topics.${index} ${message}`, {
        fieldErrors: [{ field: `topics.${index}`, message, value: topic }],
      });
    }
    for (const type of named) types.add(type);
  }
  const filters = Object.entries(wish.filters).sort(([left], [right]) => (left < right ? -1 : 1));
  return {
    key: JSON.stringify([[...types].sort(), filters]),
    matches: (event) =>
      types.has(event.type) && filters.every(([field, value]) => event.data[field] === value),
  };
}
