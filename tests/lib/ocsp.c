#include "tests/lib/ocsp.h"

#include <assert.h>
#include <openssl/ocsp.h>

int
ocsp_make(uint8_t **der, const struct pki *leaf, const struct pki *issuer,
          const struct ocsp_opts *opts)
{
    const struct pki *by = opts->signer ? opts->signer : issuer;
    const EVP_MD *md = EVP_get_digestbyname(opts->md ? opts->md : "SHA1");
    OCSP_CERTID *id = OCSP_cert_to_id(md, leaf->cert, issuer->cert);
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    ASN1_TIME *from =
        X509_gmtime_adj(NULL, opts->from_s ? opts->from_s : -3600L);
    ASN1_TIME *to = X509_gmtime_adj(NULL, opts->to_s ? opts->to_s : 172800L);
    bool is_revoked = opts->status == V_OCSP_CERTSTATUS_REVOKED;
    OCSP_RESPONSE *response;
    int len;

    assert(id != NULL && basic != NULL);
    assert(OCSP_basic_add1_status(basic, id, opts->status,
                                  is_revoked ? OCSP_REVOKED_STATUS_KEYCOMPROMISE
                                             : 0,
                                  is_revoked ? from : NULL, from,
                                  opts->is_endless ? NULL : to) != NULL);
    assert(OCSP_basic_sign(basic, by->cert, by->key, EVP_sha256(), NULL, 0) ==
           1);
    response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    *der = NULL;
    len = i2d_OCSP_RESPONSE(response, der);
    assert(len > 0);
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
    OCSP_CERTID_free(id);
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    return len;
}
