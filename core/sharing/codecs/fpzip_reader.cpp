#include "core/sharing/codecs/fpzip_reader.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace rhizome::sharing::detail {

namespace {

constexpr unsigned frequency_bits = 16;
constexpr std::uint32_t total_frequency = std::uint32_t{1} << frequency_bits;
constexpr std::uint32_t longest_period = 1024; ///< symbols between two estimates
constexpr unsigned narrow_bits = 8;            ///< up to so many a difference is one symbol

/// How often each symbol is expected, from those before it: a quasi-static model, estimated anew after more and more
/// symbols (Schindler, "A fast renormalisation for arithmetic coding", 1998).
class symbol_model {
public:
  explicit symbol_model(std::uint32_t symbols)
      : period_(symbols >> 4 | 2), counts_(symbols, total_frequency / symbols), starts_(symbols + 1, total_frequency) {
    for (std::uint32_t s = 0; s < total_frequency % symbols; ++s)
      ++counts_[s];
    estimate();
  }

  /// The symbol in whose part of [0, total_frequency) this is.
  [[nodiscard]] std::uint32_t symbol_at(std::uint32_t frequency) const {
    return static_cast<std::uint32_t>(std::ranges::upper_bound(starts_, frequency) - starts_.begin()) - 1;
  }
  [[nodiscard]] std::uint32_t start(std::uint32_t symbol) const { return starts_[symbol]; }
  [[nodiscard]] std::uint32_t size(std::uint32_t symbol) const { return starts_[symbol + 1] - starts_[symbol]; }

  void count(std::uint32_t symbol) {
    if (left_ == 0)
      go_on();
    --left_;
    counts_[symbol] += step_;
  }

private:
  void go_on() {
    if (more_ == 0)
      return estimate();
    left_ = more_; // the last symbols of a period count for one more, so that the sum comes out
    more_ = 0;
    ++step_;
  }

  void estimate() {
    period_ = std::min(2 * period_, longest_period);
    std::uint32_t start = total_frequency;
    std::uint32_t missing = total_frequency;
    for (std::size_t s = counts_.size(); s-- > 0;) {
      start -= counts_[s];
      starts_[s] = start;
      counts_[s] = counts_[s] >> 1 | 1;
      missing -= counts_[s];
    }
    step_ = missing / period_;
    more_ = missing % period_;
    left_ = period_ - more_;
  }

  std::uint32_t period_;
  std::uint32_t step_ = 0; ///< by which a symbol's count grows
  std::uint32_t left_ = 0; ///< symbols until go_on()
  std::uint32_t more_ = 0; ///< symbols after these, until the next estimate
  std::vector<std::uint32_t> counts_;
  std::vector<std::uint32_t> starts_; ///< cumulated
};

/// Martin's range coder (1979) without carries, as fpzip has it. What it cannot have written makes it fail, and from
/// then on it reads zeros.
class range_reader {
public:
  explicit range_reader(std::span<const std::byte> bytes) : bytes_(bytes) { take(4); }

  std::uint32_t symbol(symbol_model& model) {
    const auto frequency = divide(range_ >> frequency_bits, total_frequency);
    const auto symbol = model.symbol_at(frequency);
    narrow(model.start(symbol), model.size(symbol));
    model.count(symbol);
    return symbol;
  }

  /// A number of at most 31 bits, the lower 16 of them first.
  std::uint32_t number(unsigned bits) {
    if (bits <= 16)
      return some_bits(bits);
    const auto low = some_bits(16);
    return some_bits(bits - 16) << 16 | low;
  }

  /// Whether everything could be read, and nothing is left.
  [[nodiscard]] bool is_complete() const { return !failed_ && position_ == bytes_.size(); }
  [[nodiscard]] bool failed() const { return failed_; }

private:
  std::uint32_t some_bits(unsigned bits) {
    const auto number = divide(range_ >> bits, std::uint32_t{1} << bits);
    narrow(number, 1);
    return number;
  }

  /// Which of `parts` parts of this width the code lies in.
  std::uint32_t divide(std::uint32_t width, std::uint32_t parts) {
    range_ = std::max(width, std::uint32_t{1});
    const auto part = (code_ - low_) / range_;
    failed_ = failed_ || width == 0 || part >= parts;
    return failed_ ? 0 : part;
  }

  /// Goes on with `size` of those parts from `first` on.
  void narrow(std::uint32_t first, std::uint32_t size) {
    low_ += range_ * first;
    range_ *= size;
    while (((low_ ^ (low_ + range_)) >> 24) == 0 && !failed_) { // the highest byte is certain
      take(1);
      range_ <<= 8;
    }
    if (range_ >> 16 == 0) { // it is not, but there is little room: so much less of it that there is no carry
      take(2);
      range_ = 0 - low_;
    }
  }

  void take(std::size_t count) {
    for (; count > 0; --count, ++position_) {
      failed_ = failed_ || position_ >= bytes_.size();
      code_ = code_ << 8 | (failed_ ? 0 : std::to_integer<std::uint32_t>(bytes_[position_]));
      low_ <<= 8;
    }
  }

  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
  std::uint32_t low_ = 0;
  std::uint32_t range_ = ~std::uint32_t{0};
  std::uint32_t code_ = 0;
  bool failed_ = false;
};

/// Floats of a few leading bits as integers of the same order.
struct ordered {
  unsigned bits;

  [[nodiscard]] std::uint32_t from(float value) const { return flip(~std::bit_cast<std::uint32_t>(value) >> cut()); }
  [[nodiscard]] float to(std::uint32_t number) const { return std::bit_cast<float>(~flip(number) << cut()); }
  [[nodiscard]] float leading(float value) const {
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) >> cut() << cut());
  }

private:
  [[nodiscard]] unsigned cut() const { return 32 - bits; }
  /// Of numbers whose highest bit is set, the others turn round.
  [[nodiscard]] std::uint32_t flip(std::uint32_t number) const {
    return number ^ (0 - (number >> (bits - 1))) >> (cut() + 1);
  }
};

} // namespace

bool read_fpzip(std::span<const std::byte> bytes, unsigned bits, std::span<float> out) {
  const bool narrow = bits <= narrow_bits;
  const std::uint32_t equal = narrow ? (std::uint32_t{1} << bits) - 1 : bits; // the symbol of no difference
  symbol_model model(2 * equal + 1);
  range_reader reader(bytes);
  const ordered numbers{bits};
  float before = 0;
  for (float& value : out) {
    const float predicted = before + 0.0F; // fpzip's prediction in one dimension: the one before, but 0 for -0
    const auto symbol = reader.symbol(model);
    if (narrow) {
      value = numbers.to(numbers.from(predicted) + symbol - equal);
    } else if (symbol == equal) {
      value = numbers.leading(predicted);
    } else { // the number of bits of the difference, then these without the highest
      const auto rest = symbol > equal ? symbol - equal - 1 : equal - 1 - symbol;
      const auto difference = (std::uint32_t{1} << rest) + reader.number(rest);
      value = numbers.to(numbers.from(predicted) + (symbol > equal ? difference : 0 - difference));
    }
    if (reader.failed())
      return false;
    before = value;
  }
  return reader.is_complete();
}

} // namespace rhizome::sharing::detail
