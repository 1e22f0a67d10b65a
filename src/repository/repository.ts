// The front door of this room: what tests use of it. Files inside of the room import each other directly.
export { openForeignStore } from './foreign-store.ts';
export { bringObjects } from './object-places.ts';
