#pragma once

// How messages between machines become bytes: little-endian, real numbers by their bits (CAF 0.17 would send an
// infinity for ever and a NaN as 1), every length checked against what is there before anything is allocated.

#include <bit>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace rhizome::actors {

static_assert(std::endian::native == std::endian::little, "numbers are written by memcpy");

/// A type says what it consists of: `template <class A> void fields(A& archive, T& value) { archive(value.a, value.b);
/// }`. RHIZOME_FIELDS writes that.
template <class T, class Archive>
concept has_fields = requires(Archive& archive, T& value) {
  fields(archive, value);
};

template <class T>
concept plain_number = std::is_arithmetic_v<T> || std::is_enum_v<T>;

/// Appends values to a sequence of bytes.
class byte_writer {
public:
  template <class... Ts>
  void operator()(const Ts&... values) {
    (put(values), ...);
  }
  [[nodiscard]] std::vector<char> take() { return std::move(bytes_); }

private:
  template <plain_number T>
  void put(T value) {
    raw(&value, sizeof value);
  }
  template <class Rep, class Period>
  void put(const std::chrono::duration<Rep, Period>& value) {
    put(value.count());
  }
  void put(const std::string& text) {
    put(static_cast<std::uint32_t>(text.size()));
    raw(text.data(), text.size());
  }
  template <class T>
  void put(const std::vector<T>& values) {
    put(static_cast<std::uint32_t>(values.size()));
    for (const auto& value : values)
      put(value);
  }
  template <class First, class Second>
  void put(const std::pair<First, Second>& value) {
    put(value.first);
    put(value.second);
  }
  template <has_fields<byte_writer> T>
  void put(const T& value) {
    fields(*this, const_cast<T&>(value)); // one description serves both directions
  }

  void raw(const void* data, std::size_t size) {
    const auto before = bytes_.size();
    bytes_.resize(before + size);
    if (size > 0)
      std::memcpy(bytes_.data() + before, data, size);
  }

  std::vector<char> bytes_;
};

/// Takes values out of a sequence of bytes. What is missing leaves its value as it was, and ok() says no.
class byte_reader {
public:
  explicit byte_reader(const std::vector<char>& bytes) : rest_(bytes.data()), size_(bytes.size()) {}

  template <class... Ts>
  void operator()(Ts&... values) {
    (get(values), ...);
  }
  /// Everything was there, and nothing more.
  [[nodiscard]] bool ok() const noexcept { return ok_ && size_ == 0; }

private:
  template <plain_number T>
  void get(T& value) {
    raw(&value, sizeof value);
  }
  void get(bool& value) {
    std::uint8_t byte = 0;
    raw(&byte, 1);
    value = byte != 0;
  }
  template <class Rep, class Period>
  void get(std::chrono::duration<Rep, Period>& value) {
    Rep count{};
    get(count);
    value = std::chrono::duration<Rep, Period>(count);
  }
  void get(std::string& text) {
    const auto size = length();
    text.assign(rest_, size);
    skip(size);
  }
  template <class T>
  void get(std::vector<T>& values) {
    const auto count = length(); // each element has at least one byte
    values.clear();
    values.reserve(std::min<std::size_t>(count, 4096));
    for (std::size_t i = 0; i < count && ok_; ++i)
      get(values.emplace_back());
  }
  template <class First, class Second>
  void get(std::pair<First, Second>& value) {
    get(value.first);
    get(value.second);
  }
  template <has_fields<byte_reader> T>
  void get(T& value) {
    fields(*this, value);
  }

  /// A length that the bytes which are left can hold.
  std::size_t length() {
    std::uint32_t value = 0;
    get(value);
    ok_ = ok_ && value <= size_;
    return ok_ ? value : 0;
  }
  void raw(void* data, std::size_t size) {
    ok_ = ok_ && size <= size_;
    if (!ok_)
      return;
    std::memcpy(data, rest_, size);
    skip(size);
  }
  void skip(std::size_t size) {
    rest_ += size;
    size_ -= size;
  }

  const char* rest_;
  std::size_t size_;
  bool ok_ = true;
};

template <class T>
[[nodiscard]] std::vector<char> to_bytes(const T& value) {
  byte_writer writer;
  writer(value);
  return writer.take();
}

/// False where the bytes are not exactly one T.
template <class T>
[[nodiscard]] bool from_bytes(const std::vector<char>& bytes, T& value) {
  byte_reader reader(bytes);
  reader(value);
  return reader.ok();
}

} // namespace rhizome::actors

/// What a type of this namespace consists of; the value is called `x`: RHIZOME_FIELDS(ping, x.count, x.jobs)
#define RHIZOME_FIELDS(type, ...)                                                                                      \
  template <class Archive>                                                                                             \
  void fields([[maybe_unused]] Archive& archive, [[maybe_unused]] type& x) {                                           \
    archive(__VA_ARGS__);                                                                                              \
  }
