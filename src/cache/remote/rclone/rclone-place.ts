// Which folder of which rclone remote a URL means. Names come from files that git shares, and rclone takes settings, and programs to
// run, as part of a name: only plain ones pass.

/** What is wrong, where it cannot be used, and what to do. */
export interface Wrong {
  readonly wrong: string;
  readonly hint: string;
}

/** @param option `rclone:` of the remote: a name, or a name and a folder. @returns as rclone takes it, `NAME:folder`. */
export function rclonePlace(url: string, option: string | undefined): { readonly place: string } | Wrong {
  const [, scheme = '', host = '', path = ''] = /^([a-z0-9+]+):\/\/([^/]*)(.*)$/is.exec(url) ?? [];
  if (option === undefined) {
    if (scheme.toLowerCase() !== 'rclone') return unmapped(scheme);
    return checked(host, path.replace(/^\/(?!\/)/, ''));
  }
  const colon = option.indexOf(':');
  if (colon !== -1) return checked(option.slice(0, colon), option.slice(colon + 1));
  const folder = FOLDERS[scheme.toLowerCase()]?.(host, path) ?? '';
  return typeof folder === 'string' ? checked(option, folder) : folder;
}

/** Where the bucket of a URL, or its path, is in a remote. The remote has the rest: the account, the server. */
const FOLDERS: Readonly<Record<string, ((host: string, path: string) => string | Wrong) | undefined>> = {
  gs: (bucket, path) => bucket + path,
  azure: (container, path) => container + path,
  oss: (bucket, path) => bucket + path,
  s3: (bucket, path) => bucket + path,
  hdfs: (_, path) => path,
  webhdfs: (_, path) => path,
  gdrive: (folder, path) =>
    folder === 'root'
      ? path.slice(1)
      : {
          wrong: `a folder of Google Drive by its number ('${folder}') is a setting of rclone`,
          hint: 'set it there (`rclone config`, root_folder_id), and write `rclone: NAME:folder`',
        },
};

/** A name as rclone itself allows it. */
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_.+@ -]*$/u;

function checked(name: string, folder: string): { readonly place: string } | Wrong {
  if (NAME.test(name) && !/[\p{Cc}]/u.test(folder))
    return { place: `${name}:${folder.replace(/(?<=.)\/+$/, '')}` };
  return {
    wrong: `'${name}' is no name of an rclone remote`,
    hint: 'give one that `rclone listremotes` prints: `rclone://NAME/folder`',
  };
}

function unmapped(scheme: string): Wrong {
  return {
    wrong: `'${scheme}://' goes by way of rclone, and no rclone remote is named for it`,
    hint: `install rclone, describe the storage there once (\`rclone config\`), and write its name: \`rclone: NAME\` (or NAME:folder) of this remote, in pipeline.yaml or cache/config.yaml, or \`url: rclone://NAME/folder\``,
  };
}

/** A file or folder in a place. */
export function joined(place: string, key: string): string {
  return key === '' || place.endsWith(':') || place.endsWith('/') ? place + key : `${place}/${key}`;
}
