#include <cstdio>
#include <fstream>
#include <string>

#include "config/paths.h"
#include "config/text_file.h"
#include "tool/command.h"
#include "tool/import_file.h"

namespace litewatch {

const std::string_view kImportHelp =
    R"(Usage: litetool import FILE [--output=FILE] [--secrets-dir=FOLDER]

Reads the configuration of blackbox_exporter (blackbox.yml) and writes the modules: section of
litewatch's, which does the same: comments say where it differs. What cannot be carried over is
listed on standard error. Targets are not in blackbox.yml; deploy/litewatch.example.yml shows them.

  --output=FILE         where to write; default: standard output
  --secrets-dir=FOLDER  put passwords, tokens and keys into files here (mode 0600), which
                        litewatch's configuration then names; without it the files are yours to
                        fill in. No secret is ever printed.

Exit code: 0 all was carried over, 1 something was not, 2 FILE cannot be read or is no blackbox.yml.

Example:
  litetool import /etc/prometheus/blackbox.yml --secrets-dir=/etc/litewatch/secrets
)";

namespace {

struct ImportOptions {
  std::string file;
  std::string output;
  std::string secrets_folder;
};

Error usage(std::string what) {
  return Error{ErrorKind::kMalformed, std::move(what) + "; see litetool import --help", "", 0};
}

/// Walks over the arguments once.
class ImportArguments {
 public:
  explicit ImportArguments(Arguments arguments) : rest_(arguments) {}

  Result<ImportOptions> parse() {
    ImportOptions options;
    while (!rest_.empty()) {
      const std::string_view argument = take();
      std::string* value = &options.file;
      if (argument.starts_with("-") && argument.size() > 1) value = option(argument, options);
      if (value == nullptr) return usage("unknown option " + std::string(argument));
      const bool is_option = value != &options.file;
      if (!value->empty()) return usage(is_option ? "an option twice" : "expected one FILE");
      *value = is_option ? value_of(argument) : std::string(argument);
      if (value->empty()) return usage(std::string(argument) + " needs a value");
    }
    if (options.file.empty()) return usage("expected a FILE");
    return options;
  }

 private:
  std::string_view take() {
    const std::string_view argument = rest_.front();
    rest_ = rest_.subspan(1);
    return argument;
  }

  static std::string* option(std::string_view argument, ImportOptions& options) {
    const std::string_view name = argument.substr(0, argument.find('='));
    if (name == "--output") return &options.output;
    return name == "--secrets-dir" ? &options.secrets_folder : nullptr;
  }

  std::string value_of(std::string_view argument) {
    const std::size_t equals = argument.find('=');
    if (equals != argument.npos) return std::string(argument.substr(equals + 1));
    return rest_.empty() ? "" : std::string(take());
  }

  Arguments rest_;
};

Result<ImportedFile> import_file(const ImportOptions& options, ImportSecrets& secrets) {
  const auto content = read_text_file(options.file, 16 << 20);
  if (!content) return content.error();
  auto imported = import_blackbox(content->text, options.file, secrets);
  if (!imported) return imported;
  if (auto error = secrets.write()) return *std::move(error);
  return imported;
}

bool write_output(const std::string& yaml, const std::string& path) {
  if (path.empty()) return std::fwrite(yaml.data(), 1, yaml.size(), stdout) == yaml.size();
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << yaml << std::flush;
  return file.good();
}

int fail(const std::string& message) {
  std::fprintf(stderr, "litetool import: %s\n", message.c_str());
  return kExitError;
}

}  // namespace

int run_import(Arguments arguments) {
  auto options = ImportArguments(arguments).parse();
  if (!options) return fail(options.error().message());
  if (!options->secrets_folder.empty()) {
    const auto folder = absolute_path(options->secrets_folder, folder_of("here"));
    if (!folder) return fail("--secrets-dir: expected " + folder.error().what);
    options->secrets_folder = *folder;
  }
  ImportSecrets secrets(options->secrets_folder);
  const auto imported = import_file(*options, secrets);
  if (!imported) return fail(imported.error().message());
  if (!write_output(imported->yaml, options->output)) {
    return fail("cannot write " + (options->output.empty() ? "the output" : options->output));
  }
  for (const std::string& message : imported->messages) {
    std::fprintf(stderr, "litetool import: %s\n", message.c_str());
  }
  if (imported->left_out > 0) {
    std::fprintf(stderr, "litetool import: %zu of %zu modules left out\n", imported->left_out,
                 imported->left_out + imported->carried);
  }
  return imported->messages.empty() ? kExitOk : kExitFinding;
}

}  // namespace litewatch
