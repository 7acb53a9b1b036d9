/// Studies: see the files that follow.
enum Placeholder {}
