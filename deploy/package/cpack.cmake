# The Debian package and an archive of the same files:
#
#   cmake --preset release && cmake --build --preset release --target package
#
# makes build/release/litewatch_VERSION_ARCHITECTURE.deb, for the release of Debian it is built on.
set(CPACK_GENERATOR DEB TGZ)
set(CPACK_PACKAGE_NAME litewatch)
set(CPACK_PACKAGE_VENDOR "The litewatch authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Prometheus exporter for apps that keep their data in SQLite")
set(CPACK_PACKAGE_FILE_NAME litewatch-${PROJECT_VERSION}-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)

set(CPACK_COMPONENTS_ALL programs content docs systemd)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_ARCHIVE_COMPONENT_INSTALL ON)

set(package ${PROJECT_SOURCE_DIR}/deploy/package)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "The litewatch authors <litewatch@example.org>")
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "init-system-helpers (>= 1.54~)")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS prometheus)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${package}/conffiles ${package}/postinst ${package}/prerm ${package}/postrm)
file(READ ${package}/description.txt CPACK_DEBIAN_PACKAGE_DESCRIPTION)
# What Debian wants otherwise than `cmake --install` puts it.
set(CPACK_PRE_BUILD_SCRIPTS ${package}/debian_layout.cmake)
set(CPACK_LITEWATCH_PACKAGE_FOLDER ${package})
set(CPACK_LITEWATCH_RELEASE_DATE ${LITEWATCH_RELEASE_DATE})
include(CPack)
