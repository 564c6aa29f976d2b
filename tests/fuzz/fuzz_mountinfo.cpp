#include "fuzz.h"
#include "read/mountinfo.h"

using namespace litewatch;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of(data, size);
  const auto mounts = parse_mountinfo(text);
  require(mounts.size() <= size / 8);
  for (const Mount& mount : mounts) {
    const Mount* found = mount_of(mounts, mount.mount_point);
    require(found != nullptr && found->mount_point.size() <= mount.mount_point.size());
  }
  (void)mount_of(mounts, text);
  return 0;
}
