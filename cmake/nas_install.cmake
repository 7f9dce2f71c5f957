# SPDX-License-Identifier: Apache-2.0
include(CMakePackageConfigHelpers)

set(nas_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/nas)

install(TARGETS nas EXPORT nasTargets FILE_SET HEADERS)
# Headers of the backends: whether what they need is there, the machine that uses them decides.
install(DIRECTORY backends/torch/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT nasTargets NAMESPACE nas:: DESTINATION ${nas_package_dir})

configure_package_config_file(cmake/nasConfig.cmake.in ${PROJECT_BINARY_DIR}/nasConfig.cmake
    INSTALL_DESTINATION ${nas_package_dir} NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may break its users.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/nasConfigVersion.cmake
    COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES
    ${PROJECT_BINARY_DIR}/nasConfig.cmake
    ${PROJECT_BINARY_DIR}/nasConfigVersion.cmake
    ${PROJECT_SOURCE_DIR}/cmake/nas_components.cmake
    DESTINATION ${nas_package_dir})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
