#pragma once

#include <dirent.h>
#include <fcntl.h>

#include <array>
#include <string_view>

#include "base/fd.h"

namespace litewatch {

/// Opens a folder within another one as a name for its files, which costs the kernel little and
/// keeps nothing alive. Invalid where there is none. A symbolic link is none.
inline Fd open_folder(int parent, const char* name) {
  return Fd(::openat(parent, name, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
}

/// Calls visit(const char* name, unsigned char d_type) for each entry of an open folder but "." and
/// "..", in the kernel's order. False: it cannot be read to its end. Allocates nothing.
template <class Visit>
bool for_each_entry(int folder, Visit visit) {
  const Fd entries(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK));
  if (!entries.valid()) return false;
  alignas(dirent64) std::array<char, 4096> buffer;
  for (;;) {
    const auto size = ::getdents64(entries.get(), buffer.data(), buffer.size());
    if (size <= 0) return size == 0;
    for (decltype(+size) at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer.data() + at);
      at += entry->d_reclen;
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") visit(entry->d_name, entry->d_type);
    }
  }
}

}  // namespace litewatch
