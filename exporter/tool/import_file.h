#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tool/import_secrets.h"

namespace litewatch {

/// What became of a file of blackbox_exporter.
struct ImportedFile {
  std::string yaml;                   ///< our configuration, without secrets
  std::vector<std::string> messages;  ///< what was not carried over, one line each; no secrets
  std::size_t carried = 0;            ///< modules
  std::size_t left_out = 0;
};

/// Turns the text of a blackbox.yml into our configuration; `file` stands in errors. Secrets are
/// kept by `secrets`, not written. Errors: malformed, where it is not YAML or has no modules.
Result<ImportedFile> import_blackbox(std::string_view text, const std::string& file,
                                     ImportSecrets& secrets);

}  // namespace litewatch
