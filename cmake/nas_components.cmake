# SPDX-License-Identifier: Apache-2.0

# The optional parts of the library, each a target that links nas::nas and what its headers need. This file serves the
# build tree and the installed package alike: which parts exist is decided on the machine that uses the library, not
# on the one that installed it. The targets are imported because they install nothing.
#
#   nas::io        include/nas/io, include/nas/report       nlohmann_json
#   nas::data      include/nas/data                         zlib, optional: without it .gz files are refused
#   nas::networks  include/nas/networks and what uses it    Eigen
#   nas::parallel  include/nas/run/parallel.hpp             threads
#   nas::torch     include/nas/torch                        libtorch, nas::networks, nas::data; only where it is asked for

# Which parts there are, and what each needs, for the message of a find_package that fails.
set(nas_parts io data networks parallel torch)
set(nas_io_needs "nlohmann_json >= 3.11 (Debian: nlohmann-json3-dev)")
set(nas_networks_needs "Eigen >= 3.4 (Debian: libeigen3-dev)")
set(nas_parallel_needs "threads")
set(nas_torch_needs
    "libtorch >= 1.13 (Debian: libtorch-dev; PyPI's: CMAKE_PREFIX_PATH=$(python3 -c 'import torch; print(torch.utils.cmake_prefix_path)')) and nas::networks")

if(NOT TARGET nas::io)
    find_package(nlohmann_json 3.11 QUIET GLOBAL)
    if(nlohmann_json_FOUND)
        add_library(nas::io INTERFACE IMPORTED GLOBAL)
        target_link_libraries(nas::io INTERFACE nas::nas nlohmann_json::nlohmann_json)
    elseif(NOT nas_FIND_QUIETLY)
        message(STATUS "nas: no nlohmann_json >= 3.11, so no target nas::io (history files, reports)")
    endif()
endif()

if(NOT TARGET nas::data)
    find_package(ZLIB QUIET GLOBAL)
    add_library(nas::data INTERFACE IMPORTED GLOBAL)
    target_link_libraries(nas::data INTERFACE nas::nas)
    if(ZLIB_FOUND)
        target_link_libraries(nas::data INTERFACE ZLIB::ZLIB)
        target_compile_definitions(nas::data INTERFACE NAS_HAS_ZLIB=1)
    elseif(NOT nas_FIND_QUIETLY)
        message(STATUS "nas: no zlib, so nas::data reads no .gz files")
    endif()
endif()

if(NOT TARGET nas::networks)
    find_package(Eigen3 3.4 QUIET NO_MODULE GLOBAL)
    if(TARGET Eigen3::Eigen)
        add_library(nas::networks INTERFACE IMPORTED GLOBAL)
        target_link_libraries(nas::networks INTERFACE nas::nas Eigen3::Eigen)
    elseif(NOT nas_FIND_QUIETLY)
        message(STATUS "nas: no Eigen >= 3.4, so no target nas::networks (networks, trainers, learning searchers)")
    endif()
endif()

if(NOT TARGET nas::parallel)
    set(THREADS_PREFER_PTHREAD_FLAG ON)
    find_package(Threads QUIET GLOBAL)
    if(Threads_FOUND)
        add_library(nas::parallel INTERFACE IMPORTED GLOBAL)
        target_link_libraries(nas::parallel INTERFACE nas::nas Threads::Threads)
    elseif(NOT nas_FIND_QUIETLY)
        message(STATUS "nas: no threads, so no target nas::parallel")
    endif()
endif()

# Torch's own package is slow to look for and says much, so it is looked for by those who ask: NAS_TORCH in the build tree,
# the component torch of the installed package.
if(NOT TARGET nas::torch AND (NAS_TORCH OR "torch" IN_LIST nas_FIND_COMPONENTS))
    # The package of PyPI's torch looks for its libraries elsewhere first, and would find another torch's.
    set(nas_prefixes ${CMAKE_PREFIX_PATH})
    foreach(nas_prefix IN LISTS nas_prefixes)
        if(EXISTS ${nas_prefix}/Torch/TorchConfig.cmake)
            list(PREPEND CMAKE_PREFIX_PATH ${nas_prefix}/../..)
        endif()
    endforeach()
    find_package(Torch 1.13 QUIET GLOBAL)
    set(CMAKE_PREFIX_PATH ${nas_prefixes})
    if(Torch_FOUND AND TARGET nas::networks)
        add_library(nas::torch INTERFACE IMPORTED GLOBAL)
        if(Torch_VERSION VERSION_GREATER_EQUAL 2 AND CMAKE_SYSTEM_NAME STREQUAL "Linux")
            # PyPI's libtorch exports a std::filesystem of its own, which crashes where it is found before the real one.
            target_link_libraries(nas::torch INTERFACE stdc++)
        endif()
        target_link_libraries(nas::torch INTERFACE nas::networks nas::data ${TORCH_LIBRARIES})
        if(TARGET nas::io)  # checkpoints
            target_link_libraries(nas::torch INTERFACE nas::io)
        endif()
        if(IS_DIRECTORY ${CMAKE_CURRENT_LIST_DIR}/../backends/torch/include)
            target_include_directories(nas::torch INTERFACE ${CMAKE_CURRENT_LIST_DIR}/../backends/torch/include)
            # Our own headers are to warn.
            set_target_properties(nas::torch PROPERTIES IMPORTED_NO_SYSTEM TRUE)
        endif()
    elseif(NOT nas_FIND_QUIETLY)
        message(STATUS "nas: no libtorch >= 1.13 (Debian: libtorch-dev), so no target nas::torch (training by libtorch)")
    endif()
endif()
