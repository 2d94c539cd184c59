#include "core/data/input_file.hpp"

#include <algorithm>
#include <system_error>

#include <zlib.h>

namespace rhizome::data {

namespace {

/// Deflate never compresses better than this (zlib's technical notes: 1032 to 1).
constexpr std::uint64_t best_compression = 1032;

/// A single call of gzread takes at most an int's worth.
constexpr std::size_t largest_read = std::size_t{1} << 30;

} // namespace

void input_file::closer::operator()(gzFile_s* file) const noexcept {
  gzclose_r(file);
}

result<input_file> input_file::open(const std::filesystem::path& file) {
  std::error_code ignored;
  std::filesystem::path path = file;
  if (!std::filesystem::exists(path, ignored))
    path += ".gz";
  if (!std::filesystem::exists(path, ignored))
    return fail(error_kind::bad_data, "There is no file {} (nor one with .gz).", file.string());
  if (!std::filesystem::is_regular_file(path, ignored))
    return fail(error_kind::bad_data, "{} is not a file.", path.string());

  std::error_code no_size;
  const std::uint64_t size = std::filesystem::file_size(path, no_size);
  std::unique_ptr<gzFile_s, closer> handle(gzopen(path.c_str(), "rb"));
  if (no_size || !handle)
    return fail(error_kind::bad_data, "{} cannot be read; are its permissions right?", path.string());
  gzbuffer(handle.get(), 1U << 18);
  const bool plain = gzdirect(handle.get()) != 0;
  return input_file(std::move(path), std::move(handle), plain ? size : size * best_compression);
}

result<std::size_t> input_file::read_some(std::span<std::uint8_t> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const auto asked = static_cast<unsigned>(std::min(out.size() - done, largest_read));
    const int got = gzread(file_.get(), out.data() + done, asked);
    int status = Z_OK;
    std::string_view reason = gzerror(file_.get(), &status); // "path: what is wrong"
    if (status == Z_BUF_ERROR)
      return fail(error_kind::bad_data, "{} is truncated: its compressed data stops in the middle.", path_.string());
    if (got < 0)
      return fail(error_kind::bad_data, "{} cannot be read or is corrupt{}.", path_.string(),
                  status == Z_ERRNO ? "" : reason.substr(std::min(path_.native().size(), reason.size())));
    if (got == 0)
      break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

result<void> input_file::read(std::span<std::uint8_t> out, std::string_view expected) {
  const auto done = read_some(out);
  if (!done)
    return fail(done);
  if (*done < out.size())
    return fail(error_kind::bad_data, "{} is truncated: expected {}, but it ends {} bytes too early.", path_.string(),
                expected, out.size() - *done);
  return {};
}

result<void> input_file::expect_end(std::string_view expected) {
  std::uint8_t one = 0;
  const auto done = read_some({&one, 1});
  if (!done)
    return fail(done);
  if (*done != 0)
    return fail(error_kind::bad_data, "{} is too long: expected {} and nothing more.", path_.string(), expected);
  return {};
}

result<void> input_file::expect_room(std::uint64_t bytes, std::string_view expected) const {
  if (bytes > capacity_)
    return fail(error_kind::bad_data,
                "{} is truncated or corrupt: expected {}, which is {} bytes, but it can hold at "
                "most {}.",
                path_.string(), expected, bytes, capacity_);
  return {};
}

result<input_file::content> input_file::read_all(const std::filesystem::path& file) {
  auto opened = open(file);
  if (!opened)
    return fail(opened);
  auto text = opened->read_text();
  if (!text)
    return fail(text);
  return content{opened->path(), std::move(*text)};
}

result<std::string> input_file::read_text() {
  constexpr std::size_t chunk = std::size_t{1} << 20;
  std::string text;
  for (;;) {
    const std::size_t before = text.size();
    text.resize(before + chunk);
    const auto done = read_some({reinterpret_cast<std::uint8_t*>(text.data()) + before, chunk});
    if (!done)
      return fail(done);
    text.resize(before + *done);
    if (*done < chunk)
      return text;
  }
}

} // namespace rhizome::data
