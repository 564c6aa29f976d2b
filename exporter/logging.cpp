#include "logging.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/line_writer.h"
#include "base/utf8.h"

namespace litewatch {
namespace {

using Buffer = spdlog::memory_buf_t;

void append(Buffer& out, std::string_view text) {
  out.append(text.data(), text.data() + text.size());
}

void append_escaped(Buffer& out, char c) {
  if (c == '"' || c == '\\') {
    out.push_back('\\');
    out.push_back(c);
  } else if (static_cast<unsigned char>(c) < 0x20) {
    char text[8];
    const int size = std::snprintf(text, sizeof text, "\\u%04x", static_cast<unsigned>(c));
    append(out, {text, static_cast<std::size_t>(size)});
  } else {
    out.push_back(c);
  }
}

/// The message as the inside of a JSON string, which logfmt quotes the same way: file names may
/// hold anything, and a log line is one line of UTF-8.
class EscapedMessage : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, Buffer& out) override {
    std::string_view text(message.payload.data(), message.payload.size());
    while (!text.empty()) {
      const std::size_t size = utf8_size(text);
      if (size == 0) {
        append(out, kUtf8Replacement);
      } else if (size == 1) {
        append_escaped(out, text[0]);
      } else {
        append(out, text.substr(0, size));
      }
      text.remove_prefix(size == 0 ? 1 : size);
    }
  }

  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<EscapedMessage>();
  }
};

/// Standard error, which may be a pipe that nobody reads: lines are dropped then, and counted.
class StandardError : public spdlog::sinks::base_sink<std::mutex> {
 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (dropped_ > 0 && tell_dropped()) dropped_ = 0;
    if (dropped_ > 0 || !write(message)) ++dropped_;
  }
  void flush_() override {}

 private:
  bool tell_dropped() {
    const std::string text = std::to_string(dropped_) + " log line" + (dropped_ == 1 ? "" : "s") +
                             (dropped_ == 1 ? " was" : " were") +
                             " dropped: whoever reads them does not keep up";
    return write(spdlog::details::log_msg("litewatch", spdlog::level::warn, text));
  }

  bool write(const spdlog::details::log_msg& message) {
    Buffer line;
    formatter_->format(message, line);
    return writer_.write({line.data(), line.size()});
  }

  LineWriter writer_{STDERR_FILENO};
  std::uint64_t dropped_ = 0;
};

}  // namespace

void start_logging(const std::string& level, const std::string& format) {
  auto logger = std::make_shared<spdlog::logger>("litewatch", std::make_shared<StandardError>());
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<EscapedMessage>('*').set_pattern(
      format == "json" ? R"({"ts":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","msg":"%*"})"
                       : R"(ts=%Y-%m-%dT%H:%M:%S.%eZ level=%l msg="%*")");
  logger->set_formatter(std::move(formatter));
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace litewatch
