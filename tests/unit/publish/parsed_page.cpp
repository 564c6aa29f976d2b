#include "parsed_page.h"

#include <zlib.h>

#include <stdexcept>

namespace litewatch {
namespace {

/// Reads a sample line from its start.
class LineParser {
 public:
  explicit LineParser(std::string_view line) : line_(line), rest_(line) {}

  ParsedSample parse() {
    ParsedSample sample;
    sample.name = up_to_any("{ ");
    if (accept('{')) {
      do {
        const std::string name = up_to_any("=");
        expect('=');
        if (!sample.labels.emplace(name, quoted()).second) fail();
      } while (accept(','));
      expect('}');
    }
    expect(' ');
    sample.value = rest_;
    if (sample.value.empty() || sample.value.find(' ') != std::string::npos) fail();
    return sample;
  }

 private:
  [[noreturn]] void fail() const { throw std::runtime_error(std::string(line_)); }

  bool accept(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail();
  }
  std::string up_to_any(std::string_view stops) {
    const std::size_t size = rest_.find_first_of(stops);
    if (size == 0 || size == std::string_view::npos) fail();
    const std::string word(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return word;
  }
  std::string quoted() {
    std::string text;
    expect('"');
    while (!accept('"')) {
      if (rest_.empty()) fail();
      char c = rest_[0];
      rest_.remove_prefix(1);
      if (c == '\\') {
        if (rest_.empty()) fail();
        c = rest_[0];
        if (c != '\\' && c != '"' && c != 'n') fail();
        if (c == 'n') c = '\n';
        rest_.remove_prefix(1);
      }
      text += c;
    }
    return text;
  }

  std::string_view line_;
  std::string_view rest_;
};

}  // namespace

std::vector<std::string> lines_of(std::string_view page) {
  std::vector<std::string> lines;
  while (!page.empty()) {
    const std::size_t end = page.find('\n');
    if (end == std::string_view::npos) throw std::runtime_error("no newline at the end");
    lines.emplace_back(page.substr(0, end));
    page.remove_prefix(end + 1);
  }
  return lines;
}

std::vector<ParsedSample> parse_page(std::string_view page) {
  std::vector<ParsedSample> samples;
  for (const std::string& line : lines_of(page)) {
    if (!line.starts_with("#")) samples.push_back(LineParser(line).parse());
  }
  return samples;
}

std::string gunzip(std::string_view compressed) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) throw std::runtime_error("inflateInit2");
  std::string text(compressed.size() * 1100 + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  const int status = inflate(&stream, Z_FINISH);
  text.resize(stream.total_out);
  const bool whole = status == Z_STREAM_END && stream.avail_in == 0;
  inflateEnd(&stream);
  if (!whole) throw std::runtime_error("not exactly one gzip member");
  return text;
}

}  // namespace litewatch
