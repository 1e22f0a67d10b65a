// Imports of a project of our own: entries under `data:` of a pipeline file, with the place that they come from.
