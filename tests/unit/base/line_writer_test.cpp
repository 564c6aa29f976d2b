#include "base/line_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <string>

#include "base/clock.h"
#include "base/fd.h"
#include "catch.h"

namespace litewatch {
namespace {

constexpr int kPipeSize = 4 * PIPE_BUF;

/// A small pipe, as whoever starts litewatch may pass for standard error.
class Pipe {
 public:
  Pipe() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    out = Fd(ends[0]);
    in = Fd(ends[1]);
    REQUIRE(::fcntl(in.get(), F_SETPIPE_SZ, kPipeSize) == kPipeSize);
  }

  std::string read() const {
    std::array<char, kPipeSize> text{};
    const ssize_t size = ::read(out.get(), text.data(), text.size());
    return {text.data(), static_cast<std::size_t>(size)};
  }

  Fd out;
  Fd in;
};

std::string line_of(std::size_t size) { return std::string(size - 1, 'x') + "\n"; }

double seconds_of(auto run) {
  const double start_s = monotonic_s();
  run();
  return monotonic_s() - start_s;
}

TEST_CASE("line writer: room -> lines as they are") {
  const Pipe pipe;
  LineWriter writer(pipe.in.get());
  CHECK((writer.write("one\n") && writer.write("two\n")));
  CHECK(pipe.read() == "one\ntwo\n");
}

TEST_CASE("line writer: nobody reads -> a second once, then no time at all") {
  const Pipe pipe;
  LineWriter writer(pipe.in.get());
  REQUIRE(writer.write(line_of(kPipeSize)));
  const double first_s = seconds_of([&] { CHECK_FALSE(writer.write("late\n")); });
  CHECK((first_s > 0.9 && first_s < 5));
  const double others_s = seconds_of([&] {
    for (int i = 0; i < 1000; ++i) CHECK_FALSE(writer.write("lost\n"));
  });
  CHECK(others_s < 10);  // else 1,000 s
  pipe.read();
  CHECK(writer.write("again\n"));
  CHECK(pipe.read() == "again\n");
}

TEST_CASE("line writer: a line that broke off -> the next one begins on a line of its own") {
  const Pipe pipe;
  LineWriter writer(pipe.in.get());
  CHECK_FALSE(writer.write(line_of(kPipeSize + 10)));
  CHECK(pipe.read() == std::string(kPipeSize, 'x'));
  CHECK(writer.write("next\n"));
  CHECK(pipe.read() == "\nnext\n");
}

TEST_CASE("line writer: an error -> the line is not written") {
  Pipe pipe;
  LineWriter writer(pipe.out.get());
  CHECK_FALSE(writer.write("to the wrong end\n"));
  LineWriter closed(-1);
  CHECK_FALSE(closed.write("nowhere\n"));
}

}  // namespace
}  // namespace litewatch
