// What `pipe init` writes: a first pipeline that runs as it is and shows what can be declared.
import manifest from '../../package.json' with { type: 'json' };

const [major, minor] = manifest.version.split('.');
/** Of the published package, so that it is the same for every way of installing it and in every clone. */
export const SCHEMA_URL = `https://unpkg.com/${manifest.name}@${major}.${minor}/schema/pipeline.schema.json`;

const body = `# A pipeline: stages, each a command with what it reads and what it writes.
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

# More that a stage can have (remove the # to use it):
#   train:
#     cmd: python train.py \${model.layers}
#     deps:
#     - train.py: {imports: true}      # and the local modules that it imports
#     params: [model.layers]           # values of params.yaml that the command reads by itself
#     outs:
#     - models/model.json
#     metrics:
#     - metrics.json: {cache: false}   # small results belong to git, not to the cache
#     resources: {cpus: 2, memory: 4G} # stages run side by side as far as the machine allows
#     timeout: 2h
#
# config:
#   remotes: {shared: {url: /mnt/team/pipe}}   # \`pipe push\` and \`pipe pull\` share results
`;

/** The first line is for editors: it gives completion and checks of the keys. */
export const firstPipeline = `# yaml-language-server: $schema=${SCHEMA_URL}\n${body}`;

/** The same for a DVC repository: DVC makes no folders for outputs, and has none of the keys at the end. */
export const firstDvcPipeline = body
  .slice(0, body.indexOf('\n# More that a stage'))
  .replace('cmd: printf', 'cmd: mkdir -p data && printf')
  .replace('; folders are made, old outputs removed before', '; old outputs are removed before');
