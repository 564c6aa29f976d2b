#include "file_limit.h"

#include <sys/resource.h>

#include <algorithm>

namespace litewatch {

std::size_t raise_file_limit() {
  constexpr std::size_t kLeast = 1024;   // what every system has
  constexpr rlim_t kPlenty = 1'048'576;  // where the limit is infinite
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kLeast;
  const rlim_t wanted = std::min(limit.rlim_max, std::max(limit.rlim_cur, kPlenty));
  const rlimit raised{wanted, limit.rlim_max};
  if (wanted > limit.rlim_cur && ::setrlimit(RLIMIT_NOFILE, &raised) == 0) return wanted;
  return static_cast<std::size_t>(std::min(limit.rlim_cur, wanted));
}

}  // namespace litewatch
