// Loaded before the command (`node --import`): for it, every file was changed an hour after now.
const { now } = Date;
Date.now = () => now() - 3_600_000;
