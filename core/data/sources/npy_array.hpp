#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/data/input_file.hpp"
#include "core/result.hpp"

namespace rhizome::data::sources {

/// A NumPy file opened behind its header: versions 1 to 3, C order, little-endian integers of up to 32 bits (and i8)
/// and reals. The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
class npy_array {
public:
  [[nodiscard]] static result<npy_array> open(const std::filesystem::path& file);

  /// Extents, outermost first.
  [[nodiscard]] const std::vector<std::uint64_t>& shape() const { return shape_; }
  /// NumPy's name of the element type without byte order: "u1", "f4" ...
  [[nodiscard]] const std::string& type() const { return type_; }
  [[nodiscard]] bool is_real() const { return type_[0] == 'f'; }
  [[nodiscard]] const std::filesystem::path& path() const { return file_.path(); }

  /// All elements, converted; the file has to end behind them.
  [[nodiscard]] result<std::vector<std::uint8_t>> read_bytes(); ///< for type "u1" only
  [[nodiscard]] result<std::vector<float>> read_floats();       ///< fails on NaN and infinity
  [[nodiscard]] result<std::vector<std::int64_t>> read_integers();

private:
  npy_array(input_file file, std::string type, std::vector<std::uint64_t> shape, std::uint64_t count)
      : file_(std::move(file)), type_(std::move(type)), shape_(std::move(shape)), count_(count) {}
  template <class To>
  result<std::vector<To>> read_as();
  template <class From, class To>
  result<std::vector<To>> convert();

  input_file file_;
  std::string type_;
  std::vector<std::uint64_t> shape_;
  std::uint64_t count_; ///< elements
};

} // namespace rhizome::data::sources
