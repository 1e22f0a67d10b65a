"""The engine `pipe`: declarative pipelines for data and ML."""
