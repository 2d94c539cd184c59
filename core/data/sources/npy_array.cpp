#include "core/data/sources/npy_array.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstring>
#include <optional>

namespace rhizome::data::sources {

static_assert(std::endian::native == std::endian::little, "elements are copied as they stand in the file");

namespace {

constexpr std::size_t longest_header = std::size_t{1} << 16;
constexpr std::array supported_types = {"u1", "u2", "u4", "i1", "i2", "i4", "i8", "f4", "f8"};

tl::unexpected<error> corrupt(const std::filesystem::path& file, std::string_view why) {
  return fail(error_kind::bad_data, "{} is not a usable .npy file: {}.", file.string(), why);
}

/// The text of the header, a Python dictionary.
result<std::string> read_header(input_file& file) {
  std::array<std::uint8_t, 8> start{};
  if (auto got = file.read(start, "a .npy header"); !got)
    return fail(got);
  if (std::memcmp(start.data(), "\x93NUMPY", 6) != 0)
    return corrupt(file.path(), "it does not begin with NumPy's magic string");
  const unsigned version = start[6];
  if (version < 1 || version > 3)
    return corrupt(file.path(), fmt::format("format version {} is not known, expected 1 to 3", version));
  std::array<std::uint8_t, 4> length_bytes{};
  if (auto got = file.read(std::span(length_bytes).first(version == 1 ? 2 : 4), "a .npy header"); !got)
    return fail(got);
  const auto length = std::bit_cast<std::uint32_t>(length_bytes);
  if (length > longest_header)
    return corrupt(file.path(), fmt::format("its header would be {} bytes long", length));
  std::vector<std::uint8_t> text(length);
  if (auto got = file.read(text, "a .npy header"); !got)
    return fail(got);
  return std::string(text.begin(), text.end());
}

/// What follows `'name':` in the dictionary, without leading spaces; empty if the name is not there.
std::string_view entry(std::string_view header, std::string_view name) {
  auto at = header.find(fmt::format("'{}'", name));
  if (at == std::string_view::npos || (at = header.find(':', at)) == std::string_view::npos)
    return {};
  at = header.find_first_not_of(' ', at + 1);
  return at == std::string_view::npos ? std::string_view{} : header.substr(at);
}

/// "(60000, 28, 28)..." as numbers.
std::optional<std::vector<std::uint64_t>> parse_shape(std::string_view text) {
  const auto end = text.find(')');
  if (text.empty() || text[0] != '(' || end == std::string_view::npos)
    return {};
  std::vector<std::uint64_t> extents;
  const char* at = text.data() + 1;
  const char* const last = text.data() + end;
  for (;;) {
    at = std::find_if(at, last, [](char c) { return c != ' ' && c != ','; });
    if (at == last)
      return extents;
    std::uint64_t extent = 0;
    const auto [next, status] = std::from_chars(at, last, extent);
    if (status != std::errc{})
      return {};
    extents.push_back(extent);
    at = next;
  }
}

/// The element type without byte order, or why it cannot be read.
result<std::string> parse_type(std::string_view text, const std::filesystem::path& file) {
  if (text.size() < 4 || text[0] != '\'')
    return corrupt(file, "its elements are records; save one plain array");
  const auto descr = text.substr(1, text.find('\'', 1) - 1);
  const auto name = descr.substr(std::min<std::size_t>(1, descr.size()));
  const bool known = std::ranges::find(supported_types, name) != supported_types.end();
  if (!known || (descr[0] != '<' && descr[0] != '|'))
    return corrupt(file, fmt::format("its element type is {}; save it as one of {} (little-endian), for instance with "
                                     ".astype('<f4')",
                                     descr, fmt::join(supported_types, ", ")));
  return std::string(name);
}

} // namespace

result<npy_array> npy_array::open(const std::filesystem::path& path) {
  auto file = input_file::open(path);
  if (!file)
    return fail(file);
  const auto header = read_header(*file);
  if (!header)
    return fail(header);
  auto type = parse_type(entry(*header, "descr"), file->path());
  if (!type)
    return fail(type);
  const auto order = entry(*header, "fortran_order");
  if (order.starts_with("True"))
    return corrupt(file->path(), "it is in Fortran order; save it with numpy.ascontiguousarray");
  if (!order.starts_with("False"))
    return corrupt(file->path(), "its header does not say fortran_order");
  auto shape = parse_shape(entry(*header, "shape"));
  if (!shape || shape->empty())
    return corrupt(file->path(), "its header gives no shape of at least one dimension");

  std::uint64_t count = 1;
  for (const auto extent : *shape)
    if (extent == 0 || __builtin_mul_overflow(count, extent, &count) || count > std::uint64_t{1} << 48)
      return corrupt(file->path(), fmt::format("its shape ({}) is empty or impossibly large", fmt::join(*shape, ", ")));
  const auto bytes = count * static_cast<std::uint64_t>(type->back() - '0');
  if (auto room = file->expect_room(bytes, fmt::format("{} elements of type {}", count, *type)); !room)
    return fail(room);
  return npy_array(std::move(*file), std::move(*type), std::move(*shape), count);
}

template <class From, class To>
result<std::vector<To>> npy_array::convert() {
  const auto expected = fmt::format("{} elements of type {}", count_, type_);
  constexpr std::uint64_t chunk = 1U << 16;
  std::vector<To> values(count_);
  std::vector<From> raw(std::min(count_, chunk));
  for (std::uint64_t done = 0; done < count_; done += raw.size()) {
    raw.resize(std::min(count_ - done, chunk));
    const auto bytes = std::as_writable_bytes(std::span(raw));
    if (auto got = file_.read({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()}, expected); !got)
      return fail(got);
    std::ranges::transform(raw, values.begin() + static_cast<std::ptrdiff_t>(done),
                           [](From x) { return static_cast<To>(x); });
  }
  if (auto end = file_.expect_end(expected); !end)
    return fail(end);
  return values;
}

template <class To>
result<std::vector<To>> npy_array::read_as() {
  if (type_ == "u1")
    return convert<std::uint8_t, To>();
  if (type_ == "u2")
    return convert<std::uint16_t, To>();
  if (type_ == "u4")
    return convert<std::uint32_t, To>();
  if (type_ == "i1")
    return convert<std::int8_t, To>();
  if (type_ == "i2")
    return convert<std::int16_t, To>();
  if (type_ == "i4")
    return convert<std::int32_t, To>();
  if (type_ == "i8")
    return convert<std::int64_t, To>();
  if constexpr (std::floating_point<To>)
    return type_ == "f4" ? convert<float, To>() : convert<double, To>();
  else
    return corrupt(path(), fmt::format("its elements are of type {}, expected integers", type_));
}

result<std::vector<std::uint8_t>> npy_array::read_bytes() {
  if (type_ != "u1")
    return corrupt(path(), fmt::format("its elements are of type {}, expected u1", type_));
  return convert<std::uint8_t, std::uint8_t>();
}

result<std::vector<float>> npy_array::read_floats() {
  auto values = read_as<float>();
  if (!values)
    return values;
  const auto wrong = std::ranges::find_if(*values, [](float x) { return !std::isfinite(x); });
  if (wrong != values->end())
    return corrupt(path(),
                   fmt::format("element {} is {}, expected finite float32 numbers", wrong - values->begin(), *wrong));
  return values;
}

result<std::vector<std::int64_t>> npy_array::read_integers() {
  return read_as<std::int64_t>();
}

} // namespace rhizome::data::sources
