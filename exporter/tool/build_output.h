#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "deliver/deliver.h"

namespace litewatch {

/// What became of one built file, or would.
struct BuiltFile {
  enum class State : unsigned char {
    kSame,     ///< there already, byte for byte
    kNew,      ///< not there
    kOther,    ///< there, and different
    kForeign,  ///< there, and not among what is built
  };
  std::string path;
  State state = State::kSame;
};

/// Compares files with those below a folder, in the order of their names. `extension`, where not
/// empty: files right in the folder that end so and are not built are told as kForeign.
std::vector<BuiltFile> compare_delivery(const Delivery& delivery,
                                        const std::filesystem::path& folder,
                                        const std::string& extension);

/// Writes what compare_delivery found new or other; each file changes at once, never half. Nothing
/// is removed. Errors: internal or denied, with the path.
Result<std::vector<BuiltFile>> write_delivery(const Delivery& delivery,
                                              const std::filesystem::path& folder);

}  // namespace litewatch
