#include "cli/certificate_files.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/certificates.hpp"

namespace rhizome::cli {

namespace {

constexpr mode_t private_mode = 0600;
constexpr mode_t public_mode = 0644;
constexpr const char* authority_name = "ca";

result<std::string> read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open() || text.empty())
    return fail(error_kind::invalid_input, "{}: cannot be read: {}", file.string(),
                in.is_open() ? "it is empty" : std::strerror(errno));
  return text;
}

/// Creates the file with that mode and writes it, or leaves none behind.
result<void> create_file(const std::filesystem::path& file, const std::string& text, mode_t mode) {
  const int fd = open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0 && errno == EEXIST)
    return fail(error_kind::invalid_input, "{} exists already; it is not overwritten", file.string());
  if (fd < 0)
    return fail(error_kind::invalid_input, "{}: cannot be made: {}", file.string(), std::strerror(errno));
  const auto count = ::write(fd, text.data(), text.size());
  const bool written = count == static_cast<ssize_t>(text.size());
  const int reason = count < 0 ? errno : ENOSPC; // a regular file takes so few bytes at once where there is room
  if (close(fd) == 0 && written)
    return {};
  unlink(file.c_str());
  return fail(error_kind::failed, "{}: cannot be written: {}", file.string(), std::strerror(reason));
}

credential_files files_of(const std::filesystem::path& directory, const std::string& name) {
  return {directory / (name + ".pem"), directory / (name + ".key")};
}

result<credential_files> write_credentials(const credential_files& files, const credentials& made) {
  if (const auto directory = files.key.parent_path(); !directory.empty()) {
    std::error_code failed;
    std::filesystem::create_directories(directory, failed);
    if (failed)
      return fail(error_kind::invalid_input, "{}: cannot be made: {}", directory.string(), failed.message());
  }
  if (auto written = create_file(files.key, made.key, private_mode); !written)
    return fail(written);
  if (auto written = create_file(files.certificate, made.certificate, public_mode); !written) {
    unlink(files.key.c_str()); // ours: it did not exist
    return fail(written);
  }
  return files;
}

result<credentials> read_credentials(const credential_files& files) {
  const auto certificate = read_file(files.certificate);
  if (!certificate)
    return fail(certificate);
  const auto key = read_file(files.key);
  if (!key)
    return fail(key);
  return credentials{*certificate, *key};
}

} // namespace

result<credential_files> write_authority(const std::filesystem::path& directory, int days) {
  const auto made = make_authority(days);
  if (!made)
    return fail(made);
  return write_credentials(files_of(directory, authority_name), *made);
}

result<credential_files> write_certificate(const std::filesystem::path& directory, const std::string& name, int days,
                                           const std::filesystem::path& target) {
  if (name == authority_name)
    return fail(error_kind::invalid_input, "\"{}\" is the authority's own name; choose another one", name);
  const auto authority = read_credentials(files_of(directory, authority_name));
  if (!authority)
    return fail(error_kind::invalid_input, "{}\nAn authority is made by: rhizome certs init {}",
                authority.error().message, directory.string());
  const auto made = issue_certificate(*authority, name, days);
  if (!made)
    return fail(made);
  return write_credentials(files_of(target, name), *made);
}

result<void> check_tls_files(const std::filesystem::path& authority, const std::filesystem::path& certificate,
                             const std::filesystem::path& key) {
  const auto trusted = read_file(authority);
  if (!trusted)
    return fail(trusted);
  const auto own = read_credentials({certificate, key});
  if (!own)
    return fail(own);
  if (const auto good = check_credentials(*trusted, *own); !good)
    return fail(good.error().kind, "{}, {}, {}: {}", authority.string(), certificate.string(), key.string(),
                good.error().message);
  return {};
}

} // namespace rhizome::cli
