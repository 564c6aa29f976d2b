// The input is a database with its sidecars: three lengths of 2 bytes, then the bytes of the main
// file, the -wal, the -shm, and what is left as the -journal.
#include <fcntl.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "base/endian.h"
#include "fuzz.h"
#include "read/sqlite_database.h"

using namespace litewatch;

namespace {

/// A folder that goes away with the process.
struct Folder {
  std::string path = (std::filesystem::temp_directory_path() / "litewatch-fuzz-XXXXXX").string();
  Folder() { require(::mkdtemp(path.data()) != nullptr); }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

/// Takes `size` bytes off the input and makes a file of them, or none where there are none.
void put(const std::string& path, std::span<const std::byte>& input, std::size_t size) {
  const auto content = input.first(std::min(size, input.size()));
  input = input.subspan(content.size());
  ::unlink(path.c_str());
  if (content.empty()) return;
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  require(::write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size()));
  ::close(fd);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Folder folder;
  static const SqlitePaths paths(folder.path + "/app.db");
  if (size < 6) return 0;
  auto input = bytes_of(data, size);
  const std::byte* const lengths = input.data();
  input = input.subspan(6);
  put(paths.database, input, load_be16(lengths));
  put(paths.wal, input, load_be16(lengths + 2));
  put(paths.shm, input, load_be16(lengths + 4));
  put(paths.journal, input, input.size());

  const auto reading = read_sqlite_database(paths, SqliteReadOptions());
  require(reading.ok());
  if (!reading->exists) return 0;
  require(!reading->header || reading->content == SqliteContent::kDatabase);
  (void)(reading->pages() + reading->page_size_bytes() + reading->wal_frames());
  return 0;
}
