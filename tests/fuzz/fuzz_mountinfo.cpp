#include "fuzz.h"
#include "read/mountinfo.h"
#include "read/path_text.h"

using namespace litewatch;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of(data, size);
  const auto mounts = parse_mountinfo(text);
  require(mounts.size() <= size / 8);
  for (const Mount& mount : mounts) {
    const Mount* found = mount_of(mounts, mount.mount_point);
    // Nothing deeper than itself; slashes at the end count for nothing.
    require(found != nullptr && below_folder(mount.mount_point, found->mount_point));
  }
  (void)mount_of(mounts, text);
  return 0;
}
