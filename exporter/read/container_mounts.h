#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "read/mountinfo.h"

namespace litewatch {

/// Where a file that litewatch sees lies for a container.
enum class FilePlace : unsigned char {
  kElsewhere,      ///< not in the container, as far as the mounts tell
  kVolume,         ///< on something that is mounted into the container
  kWritableLayer,  ///< on the container's own layer, which is removed with it
};

/// What is needed to tell it, all text: no file system but /proc is touched, so that a dead one
/// cannot hang.
struct ContainerMounts {
  std::vector<Mount> mounts;  ///< /proc/PID/mountinfo of the container's main process
  int pid = 0;                ///< that process
};

/// `path` as litewatch knows the file: on the machine (below `rootfs`, where that is not "/"), in
/// an overlay's merged or upper folder, or as `procfs`/PID/root/…; `own` are litewatch's own
/// mounts. Only a container whose root is a layer of its own (overlay) has places: a service sees
/// the whole machine, which says nothing. Nor does a mount that the container may only read, or
/// that is the machine's whole root: the app is whoever writes. Of /proc it reads the mountinfo of
/// the process in `path`, where that is another one than the container's.
FilePlace place_in_container(std::string_view path, const std::vector<Mount>& own,
                             const ContainerMounts& container, std::string_view procfs,
                             std::string_view rootfs);

}  // namespace litewatch
