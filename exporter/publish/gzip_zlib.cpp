#include <zlib.h>

#include <new>

#include "publish/gzip.h"

namespace litewatch {
namespace {

constexpr int kLevel = 1;
constexpr int kGzipWindow = 15 + 16;  // the largest window, in a gzip wrapper
constexpr int kMemory = 8;

}  // namespace

struct Gzip::State {
  State() {
    if (deflateInit2(&stream, kLevel, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~State() { deflateEnd(&stream); }

  z_stream stream{};
};

Gzip::Gzip() = default;
Gzip::~Gzip() = default;

Gzip::State& Gzip::state() {
  if (!state_) state_ = std::make_unique<State>();
  return *state_;
}

std::size_t Gzip::bound(std::size_t size) { return deflateBound(&state().stream, size); }

std::size_t Gzip::compress(std::string_view text, std::span<char> into) {
  z_stream& stream = state().stream;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(into.data());
  stream.avail_out = static_cast<uInt>(into.size());
  deflate(&stream, Z_FINISH);
  deflateReset(&stream);  // at once: deflateBound() is short for a stream that has ended
  return into.size() - stream.avail_out;
}

}  // namespace litewatch
