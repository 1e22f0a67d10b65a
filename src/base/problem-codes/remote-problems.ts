// Problems of remotes.
import type { ProblemEntry } from './entry.ts';

export const remoteProblems = {
  'no-remote': {
    meaning: 'A remote is needed, and none is declared under this name.',
    cure: 'Declare it with `pipe remote add`, or give another with --remote.',
  },
  'remote-exists': {
    meaning: 'A remote of this name is declared already.',
    cure: 'Give another name, change the remote with `pipe remote modify`, or replace it with `pipe remote add -f`.',
  },
  'remote-is-cache': {
    meaning: 'The folder of a remote is the cache of the project: nothing there is a second copy.',
    cure: 'Give the remote another folder, best on another disk or machine. A cache that projects share needs no remote.',
  },
  'remote-is-other-cache': {
    meaning:
      'A remote is the cache of another project. Its garbage collection can remove what is sent there, and `pipe gc --cloud` could remove what that project needs.',
    cure: 'Give the remote a folder of its own. If the remote is a copy of a cache, and no project uses it as one, remove CACHEDIR.TAG there.',
  },
  'remote-option': {
    meaning: 'A remote has no such option, or the option cannot have this value.',
    cure: 'Correct the name or the value; `pipe remote modify --help` says where the options are described.',
  },
  'config-not-writable': {
    meaning: 'A configuration file cannot be written.',
    cure: 'Correct its permissions or those of its folder, or free some space. It was not changed.',
  },
  'remote-unsupported': {
    meaning: 'The kind of URL, or an option, of a remote is not supported.',
    cure: 'Give a folder, or a URL of http(s), S3, ssh or WebDAV; everything else by way of rclone (`rclone: NAME`), or as a mounted folder.',
  },
  'remote-credentials': {
    meaning: 'No credentials for a remote are found, or the program or file that should give them fails.',
    cure: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile of the AWS files, or install AWS CLI 2 for single sign-on and roles.',
  },
  'remote-untrusted': {
    meaning:
      'Credentials would be sent to a server that only the repository names, or whose URL changed since it was trusted.',
    cure: 'If they are meant for this server, run `pipe remote trust NAME`, or set PIPE_REMOTE_HOST beside the credentials; otherwise unset them.',
  },
  'remote-secret': {
    meaning: 'A file that is committed contains a password, token or key.',
    cure: 'Move it to `cache/config.yaml` (in a DVC repository `.dvc/config.local`) or the environment, and replace it by a new one.',
  },
  'remote-unreachable': {
    meaning: 'A remote does not answer, or its folder does not exist.',
    cure: 'Check the network, the URL or the mount. `pipe repro` continues without the remote.',
  },
  'remote-refused': {
    meaning: 'A remote refuses a request.',
    cure: 'Check the user, the password or token, and your permissions.',
  },
  'remote-failed': {
    meaning: 'A remote failed several times in a row.',
    cure: 'Try again later. Files that were transferred are kept.',
  },
  'remote-busy': {
    meaning: 'Somebody pushes to the remote, or collects garbage there, or did a short time ago.',
    cure: 'Try again later. `pipe gc --cloud --grace 10m` waits for less time after a push that has ended.',
  },
  'remote-unlisted': {
    meaning:
      '`pipe gc --cloud` cannot list what a remote has, cannot remove files there, or cannot read which files a folder has.',
    cure: 'Follow the hint; nothing was removed.',
  },
  'gc-unsure': {
    meaning: '`pipe gc --cloud` was called without saying what to keep, or without a confirmation.',
    cure: 'Say what to keep with -w, -a, -T, -A or --rev, look at the list with --dry, and confirm with -y.',
  },
  'remote-missing': {
    meaning: 'A remote does not have a recorded object.',
    cure: 'Push it from a machine whose cache has it, or run the stage again.',
  },
  'remote-corrupt': {
    meaning: 'The content of an object on a remote does not match its name. It was not kept.',
    cure: 'Replace it with `pipe push --force` from a machine whose cache has it.',
  },
  'push-missing': {
    meaning: 'A recorded object is neither in the cache nor on the remote, or it is damaged in the cache.',
    cure: 'If the workspace has the output, `pipe commit` stores it; else run the stage again. Then push.',
  },
  'remote-unsigned': {
    meaning:
      'Records of earlier runs cannot be shared: no key to sign them is set, and the remote is not trusted without one.',
    cure: 'Set PIPE_REMOTE_KEY, or `key:` of the remote in cache/config.yaml. Set `trust: true` for a remote to which only trusted people can write.',
  },
} satisfies Record<string, ProblemEntry>;
