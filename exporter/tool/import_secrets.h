#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace litewatch {

/// Where the secrets of an imported file go: into files of their own.
class ImportSecrets {
 public:
  /// `folder`: where they are written; empty: nowhere, and the paths are for a person to fill in.
  explicit ImportSecrets(std::string folder) : folder_(std::move(folder)) {}

  bool has_folder() const { return !folder_.empty(); }

  /// Keeps a secret for write() and returns the path of its file, which nobody else has.
  std::string keep(std::string_view module, std::string_view what, std::string secret);

  /// How many are kept, and how to drop those kept since.
  std::size_t count() const { return kept_.size(); }
  void drop_from(std::size_t count) { kept_.resize(count); }

  /// Writes them with mode 0600, and the folder with 0700 where there is none. A file that is there
  /// already stays where it holds the same, and is an error otherwise.
  std::optional<Error> write() const;

 private:
  struct Secret {
    std::string path;
    std::string text;
  };

  std::string folder_;
  std::set<std::string> paths_;
  std::vector<Secret> kept_;
};

}  // namespace litewatch
