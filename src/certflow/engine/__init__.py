"""The engine room: diagrams become definitions, definitions run. Only here is SpiffWorkflow known."""
