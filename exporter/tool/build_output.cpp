#include "tool/build_output.h"

#include <cerrno>
#include <fstream>
#include <optional>
#include <system_error>

#include "config/text_file.h"

namespace litewatch {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostBytes = 64 << 20;

BuiltFile::State state_of(const std::string& path, const std::string& text) {
  std::error_code error;
  if (!fs::exists(path, error)) return BuiltFile::State::kNew;
  const auto file = read_text_file(path, kMostBytes);
  const bool same = file.ok() && file->text == text;
  return same ? BuiltFile::State::kSame : BuiltFile::State::kOther;
}

std::optional<Error> write_file(const fs::path& path, const std::string& text) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error)
    return system_error(error.value(), "cannot make the folder", path.parent_path().string());
  const fs::path fresh = path.string() + ".new";
  std::ofstream file(fresh, std::ios::binary | std::ios::trunc);
  errno = 0;
  if (!(file << text << std::flush)) return system_error(errno, "cannot write", fresh.string());
  file.close();
  fs::rename(fresh, path, error);
  if (error) return system_error(error.value(), "cannot write", path.string());
  return std::nullopt;
}

std::vector<BuiltFile> foreign_files(const Delivery& delivery, const fs::path& folder,
                                     const std::string& extension) {
  std::vector<BuiltFile> foreign;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const fs::path& path = entry.path();
    if (path.extension() != extension || delivery.contains(path.filename().string())) continue;
    foreign.push_back({path.string(), BuiltFile::State::kForeign});
  }
  return foreign;
}

}  // namespace

std::vector<BuiltFile> compare_delivery(const Delivery& delivery, const fs::path& folder,
                                        const std::string& extension) {
  std::vector<BuiltFile> files;
  for (const auto& [name, text] : delivery) {
    const std::string path = (folder / name).string();
    files.push_back({path, state_of(path, text)});
  }
  if (extension.empty()) return files;
  for (BuiltFile& file : foreign_files(delivery, folder, extension)) {
    files.push_back(std::move(file));
  }
  return files;
}

Result<std::vector<BuiltFile>> write_delivery(const Delivery& delivery, const fs::path& folder) {
  std::vector<BuiltFile> files = compare_delivery(delivery, folder, "");
  auto text = delivery.begin();
  for (const BuiltFile& file : files) {
    const std::string& content = (text++)->second;
    if (file.state == BuiltFile::State::kSame) continue;
    if (auto error = write_file(file.path, content)) return *std::move(error);
  }
  return files;
}

}  // namespace litewatch
