#include "read/process_files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "read/directory.h"
#include "read/text_fields.h"

namespace litewatch {
namespace {

std::optional<std::uint64_t> count_descriptors(int process_folder) {
  struct stat folder;
  if (::fstatat(process_folder, "fd", &folder, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
  if (folder.st_size > 0) return static_cast<std::uint64_t>(folder.st_size);
  const Fd descriptors = open_folder(process_folder, "fd");
  if (!descriptors.valid()) return std::nullopt;
  std::uint64_t count = 0;
  const auto count_one = [&](const char*, unsigned char) { ++count; };
  if (!for_each_entry(descriptors.get(), count_one)) return std::nullopt;
  return count;
}

}  // namespace

ProcessFiles read_process_files(int process_folder, CgroupScratch scratch) {
  ProcessFiles files;
  files.open_fds = count_descriptors(process_folder);
  const auto limits = read_cgroup_file(process_folder, "limits", scratch);
  if (limits) files.max_fds = parse_open_files_limit(*limits);
  return files;
}

std::optional<std::uint64_t> parse_open_files_limit(std::string_view limits) {
  constexpr std::string_view kName = "Max open files ";
  while (!limits.empty()) {
    std::string_view line = take_until(limits, '\n');
    if (!line.starts_with(kName)) continue;
    line.remove_prefix(kName.size());
    return parse_integer<std::uint64_t>(take_word(line));
  }
  return std::nullopt;
}

std::optional<std::uint64_t> network_namespace(int process_folder) {
  struct stat network;
  if (::fstatat(process_folder, "ns/net", &network, 0) != 0) return std::nullopt;
  return network.st_ino;
}

}  // namespace litewatch
