// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/data/dataset.hpp>
#include <nas/data/open_file.hpp>

namespace nas {

/// What is wrong with a file of CIFAR-10: `file: what is wrong, and where`. Bytes and rows count from 0.
class cifar10_error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// The numbers that read_cifar10 makes of pixels.
struct cifar10_options {
    /// Whether each channel has the mean 0 and the deviation 1 that it has over the 50,000 training images; otherwise pixels are
    /// in [0, 1].
    bool standardized = true;
};

/// The files of the binary version in a folder: the five of training rows, in order, then that of the test rows, which so are
/// rows 50,000 to 59,999.
inline std::vector<std::filesystem::path> cifar10_files(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    for (const char number : {'1', '2', '3', '4', '5'})
        files.push_back(folder / (std::string("data_batch_") + number + ".bin"));
    files.push_back(folder / "test_batch.bin");
    return files;
}

namespace detail {

inline constexpr std::size_t cifar10_pixels = std::size_t{3} * 32 * 32;

/// The number of each value of a pixel, channel by channel.
inline std::array<std::array<float, 256>, 3> cifar10_numbers(const cifar10_options& options) {
    // Of the training images, as they are commonly used; to four digits.
    constexpr std::array<double, 3> means{0.4914, 0.4822, 0.4465};
    constexpr std::array<double, 3> deviations{0.2470, 0.2435, 0.2616};
    std::array<std::array<float, 256>, 3> numbers{};
    for (std::size_t channel = 0; channel < 3; ++channel)
        for (std::size_t value = 0; value < 256; ++value) {
            const double pixel = static_cast<double>(value) / 255;
            numbers[channel][value] =
                static_cast<float>(options.standardized ? (pixel - means[channel]) / deviations[channel] : pixel);
        }
    return numbers;
}

}  // namespace detail

/// The images of CIFAR-10 (Krizhevsky 2009) in files of its binary version, one after the other: 3,073 bytes a row, its class in
/// [0, 9], then 32 rows of 32 pixels of its red channel, of its green and of its blue one. A row of the data set has them in that
/// order, so that its shape is 3x32x32; features are called `red_0_0` (row, then column) to `blue_31_31`.
///
///     const nas::dataset data = nas::read_cifar10(nas::cifar10_files("cifar-10-batches-bin"));
///
/// Throws cifar10_error, one sentence, where a file cannot be read, is empty or not whole rows, has a class that there is not, or
/// all rows are of one class; std::invalid_argument where there is no file.
inline dataset read_cifar10(const std::vector<std::filesystem::path>& files, const cifar10_options& options = {}) {
    if (files.empty()) throw std::invalid_argument("nas::read_cifar10: there must be at least one file");
    dataset data{
        .output_names = {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}};
    data.name = files.front().string();
    if (files.size() > 1) data.name += " and " + std::to_string(files.size() - 1) + " more";
    const auto numbers = detail::cifar10_numbers(options);
    constexpr std::size_t row_bytes = 1 + detail::cifar10_pixels;
    for (const std::filesystem::path& file : files) {
        const std::string bytes = detail::with_error<cifar10_error>([&] { return detail::read_whole_file(file); });
        const auto fail = [&](const std::string& what) { throw cifar10_error(file.string() + ": " + what); };
        if (bytes.empty()) fail("the file is empty");
        if (const std::size_t rest = bytes.size() % row_bytes; rest != 0)
            fail("the row that begins at byte " + std::to_string(bytes.size() - rest) + " has " + std::to_string(rest) +
                 " bytes of " + std::to_string(row_bytes) +
                 "; the file is cut off, or none of CIFAR-10's binary version");
        // Of all files at once: they are equally long.
        if (data.inputs.empty())
            data.inputs.reserve(files.size() * (bytes.size() / row_bytes) * detail::cifar10_pixels);
        for (std::size_t at = 0; at < bytes.size(); at += row_bytes) {
            const auto label = static_cast<unsigned char>(bytes[at]);
            if (label >= data.outputs())
                fail("the class of row " + std::to_string(at / row_bytes) + ", at byte " + std::to_string(at) +
                     ", is " + std::to_string(label) + "; it must be below 10");
            data.labels.push_back(label);
            for (std::size_t i = 0; i < detail::cifar10_pixels; ++i)
                data.inputs.push_back(numbers[i / 1024][static_cast<unsigned char>(bytes[at + 1 + i])]);
        }
    }
    if (std::all_of(data.labels.begin(), data.labels.end(), [&](std::uint32_t c) { return c == data.labels[0]; }))
        throw cifar10_error(data.name + ": all rows are of the class '" + data.output_names[data.labels[0]] +
                            "'; there must be rows of two classes at least");
    for (const char* const channel : {"red", "green", "blue"})
        for (int row = 0; row < 32; ++row)
            for (int column = 0; column < 32; ++column)
                data.feature_names.push_back(std::string(channel) + "_" + std::to_string(row) + "_" +
                                             std::to_string(column));
    return data;
}

/// The same of one file.
inline dataset read_cifar10(const std::filesystem::path& file, const cifar10_options& options = {}) {
    return read_cifar10(std::vector<std::filesystem::path>{file}, options);
}

}  // namespace nas
