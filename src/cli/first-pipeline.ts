// What `pipe init` writes: a first pipeline that runs as it is and tells what can be said.
export const quickPipeline = `# A pipeline: stages, each a command with what it reads and what it writes.
# \`pipe repro\` runs what is stale, \`pipe status\` says why it is, \`pipe dag\` draws it.

vars:
- words: [to, be, or, not]      # values for \${…} below; a file works too: - params.yaml

stages:
  write:
    desc: Write some words to a file
    cmd: printf '%s\\n' \${words[0]} \${words[1]} \${words[2]} \${words[3]} > data/words.txt
    outs:                        # written by cmd, kept in the cache; folders are made, old outputs removed before
    - data/words.txt

  count:
    desc: Count them
    cmd: wc -l < data/words.txt > data/count.txt
    deps:                        # read by cmd: runs again when their content changes
    - data/words.txt             # an output of another stage: that one runs first
    outs:
    - data/count.txt
`;

/** The same for a DVC repository: DVC makes no folders for outputs. */
export const quickDvcPipeline = quickPipeline
  .replace('cmd: printf', 'cmd: mkdir -p data && printf')
  .replace('; folders are made, old outputs removed before', '; old outputs are removed before');
