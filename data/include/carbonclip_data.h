// The files of this folder, as the program carries them: found by whoever uses the toolkit, wherever it was built.
#ifndef CARBONCLIP_DATA_H
#define CARBONCLIP_DATA_H

#include <stddef.h>

/// One file: its name under `data` and its bytes, which stay for ever.
struct carbonclip_data_file {
  const char *name;
  const unsigned char *bytes;
  size_t count;
};

/// All files, in the order of their names. `count` becomes how many; 0 where the C compiler knows no `#embed`.
const struct carbonclip_data_file *carbonclip_data_files(size_t *count);

#endif
