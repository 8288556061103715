# What `make install` puts where; and `make package`: a Debian package with that, a hardened systemd unit, its
# configuration, and deploy/package's scripts. What the binary is linked to becomes what the package depends on.

include(GNUInstallDirs)
install(DIRECTORY policies formats examples deploy/monitoring DESTINATION "${CMAKE_INSTALL_DATADIR}/adirect")
install(FILES README.md LICENSE CHANGELOG.md DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(
  FILES deploy/package/adirect.service
  DESTINATION /lib/systemd/system
  COMPONENT service EXCLUDE_FROM_ALL)
install(
  FILES examples/serve.toml
  DESTINATION /etc/adirect
  COMPONENT service EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR DEB)
set(CPACK_SET_DESTDIR ON) # for what is not below /usr
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_CMAKE_PROJECTS "${CMAKE_BINARY_DIR};adirect;ALL;/" "${CMAKE_BINARY_DIR};adirect;service;/")
set(CPACK_PACKAGE_DIRECTORY "${CMAKE_BINARY_DIR}/package")
set(CPACK_PACKAGE_VENDOR adirect)
set(CPACK_PACKAGE_CONTACT "the authors of adirect <adirect@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "finds shoppers who keep searching a category and have not bought in it")
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_DEPENDS adduser)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${ADIRECT_ARROW_FOLDER}")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    "${CMAKE_SOURCE_DIR}/deploy/package/postinst;${CMAKE_SOURCE_DIR}/deploy/package/prerm"
    "${CMAKE_SOURCE_DIR}/deploy/package/postrm;${CMAKE_SOURCE_DIR}/deploy/package/conffiles")
include(CPack)
