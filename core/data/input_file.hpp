#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "core/result.hpp"

struct gzFile_s;

namespace rhizome::data {

/// A file that is read from start to end, plain or gzip-compressed; its first bytes tell which. Every error is
/// bad_data and a sentence that names the file.
class input_file {
public:
  /// Opens `file` or, where that does not exist, `file` with ".gz" appended.
  [[nodiscard]] static result<input_file> open(const std::filesystem::path& file);

  /// Fills `out`. `expected` says what the file should hold, for the sentence about one that ends too early.
  [[nodiscard]] result<void> read(std::span<std::uint8_t> out, std::string_view expected);

  /// Fails unless everything has been read; also where a compressed file's checksum is compared.
  [[nodiscard]] result<void> expect_end(std::string_view expected);

  /// Fails unless `bytes` further bytes are possible in a file of this size. To be asked before memory is allocated
  /// for what a header promises.
  [[nodiscard]] result<void> expect_room(std::uint64_t bytes, std::string_view expected) const;

  /// What a file holds, and its path, with ".gz" where that was appended.
  struct content {
    std::filesystem::path path;
    std::string text;
  };
  /// Opens a file and reads all of it.
  [[nodiscard]] static result<content> read_all(const std::filesystem::path& file);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
  struct closer {
    void operator()(gzFile_s* file) const noexcept;
  };

  input_file(std::filesystem::path path, std::unique_ptr<gzFile_s, closer> file, std::uint64_t capacity)
      : path_(std::move(path)), file_(std::move(file)), capacity_(capacity) {}

  /// Everything to the end.
  [[nodiscard]] result<std::string> read_text();

  /// Bytes read, fewer than asked for only at the end of the file.
  [[nodiscard]] result<std::size_t> read_some(std::span<std::uint8_t> out);

  std::filesystem::path path_;
  std::unique_ptr<gzFile_s, closer> file_;
  std::uint64_t capacity_; ///< the most bytes that the content can have
};

} // namespace rhizome::data
