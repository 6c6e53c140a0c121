"""Invoices for machines, made by us: XML of three syntaxes, PDFs that carry it, codes of payments."""

from collections.abc import Sequence

import numpy as np
import pymupdf
import zxingcpp

IBAN = "DE89370400440532013000"
CII_NAMES = """xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
 xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
 xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100\""""
UBL_NAMES = """xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2\""""
ONE_NAMES = """xmlns:rsm="urn:ferd:CrossIndustryDocument:invoice:1p0"
 xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:12"
 xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:15\""""
EN16931 = "urn:cen.eu:en16931:2017"
MINIMUM = "urn:factur-x.eu:1p0:minimum"

Item = tuple[str, str, str, str]
"""Description, quantity, price of one, amount."""
ITEMS: Sequence[Item] = (
    ("Copy paper A4, white", "40", "21.90", "876.00"),
    ("Staples, galvanised", "6", "27.45", "164.70"),
)

PAGE = """
Lindenwerk Office Supplies GmbH                                  INVOICE
Kastanienweg 14
20999 Hamburg
VAT ID: DE136695976

Bill to:                                    Invoice number:   LW-2026-0417
Brightwater Ferries Ltd                     Invoice date:     12 March 2026
3 Quay Street                               Due date:         11 April 2026
Port Elmsford PE4 1AB                       Purchase order:   PO-7781

Pos   Article   Description                   Qty   Unit   Unit price     Amount
1     A-1004    Copy paper A4, white           40   box         21.90     876.00
2     A-1011    Staples, galvanised             6   box         27.45     164.70

Net total                                               1,040.70 EUR
VAT 19 %                                                  197.73 EUR
Total                                                   1,238.43 EUR

IBAN: DE89 3704 0044 0532 0130 00
"""
"""What the pages of the same invoice show."""


def cii(
    *,
    number: str = "LW-2026-0417",
    total: str = "1238.43",
    seller: str = "Lindenwerk Office Supplies GmbH",
    iban: str = IBAN,
    due: Sequence[str] = ("20260411",),
    items: Sequence[Item] = ITEMS,
    profile: str = EN16931,
    extra: str = "",
) -> bytes:
    """A Cross Industry Invoice; `extra` goes behind its lines."""
    lines = "".join(_cii_line(at, item) for at, item in enumerate(items, 1)) + extra
    terms = "".join(
        f"<ram:SpecifiedTradePaymentTerms><ram:DueDateDateTime><udt:DateTimeString format='102'>{day}"
        "</udt:DateTimeString></ram:DueDateDateTime></ram:SpecifiedTradePaymentTerms>"
        for day in due
    )
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- made by a test -->
<rsm:CrossIndustryInvoice {CII_NAMES}>
 <rsm:ExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter><ram:ID>{profile}</ram:ID>
 </ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>
 <rsm:ExchangedDocument><ram:ID>{number}</ram:ID><ram:TypeCode>380</ram:TypeCode>
  <ram:IssueDateTime><udt:DateTimeString format="102">20260312</udt:DateTimeString></ram:IssueDateTime>
 </rsm:ExchangedDocument>
 <rsm:SupplyChainTradeTransaction>{lines}
  <ram:ApplicableHeaderTradeAgreement><ram:BuyerReference>04011000-12345-03</ram:BuyerReference>
   <ram:SellerTradeParty><ram:Name>{seller}</ram:Name>
    <ram:DefinedTradeContact><ram:EmailURIUniversalCommunication><ram:URIID>billing@lindenwerk.example</ram:URIID>
     </ram:EmailURIUniversalCommunication></ram:DefinedTradeContact>
    <ram:PostalTradeAddress><ram:PostcodeCode>20999</ram:PostcodeCode><ram:LineOne>Kastanienweg 14</ram:LineOne>
     <ram:CityName>Hamburg</ram:CityName><ram:CountryID>DE</ram:CountryID></ram:PostalTradeAddress>
    <ram:SpecifiedTaxRegistration><ram:ID schemeID="FC">22/815/08150</ram:ID></ram:SpecifiedTaxRegistration>
    <ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">DE136695976</ram:ID></ram:SpecifiedTaxRegistration>
   </ram:SellerTradeParty>
   <ram:BuyerTradeParty><ram:ID>C-77</ram:ID><ram:Name>Brightwater Ferries Ltd</ram:Name>
    <ram:PostalTradeAddress><ram:PostcodeCode>PE4 1AB</ram:PostcodeCode><ram:LineOne>3 Quay Street</ram:LineOne>
     <ram:CityName>Port Elmsford</ram:CityName><ram:CountryID>GB</ram:CountryID></ram:PostalTradeAddress>
   </ram:BuyerTradeParty>
   <ram:BuyerOrderReferencedDocument><ram:IssuerAssignedID>PO-7781</ram:IssuerAssignedID>
   </ram:BuyerOrderReferencedDocument>
  </ram:ApplicableHeaderTradeAgreement>
  <ram:ApplicableHeaderTradeSettlement><ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
   <ram:SpecifiedTradeSettlementPaymentMeans><ram:PayeePartyCreditorFinancialAccount><ram:IBANID>{iban}</ram:IBANID>
    </ram:PayeePartyCreditorFinancialAccount></ram:SpecifiedTradeSettlementPaymentMeans>{terms}
   <ram:SpecifiedTradeSettlementHeaderMonetarySummation><ram:LineTotalAmount>1040.70</ram:LineTotalAmount>
    <ram:TaxBasisTotalAmount>1040.70</ram:TaxBasisTotalAmount>
    <ram:TaxTotalAmount currencyID="EUR">197.73</ram:TaxTotalAmount>
    <ram:TaxTotalAmount currencyID="GBP">170.10</ram:TaxTotalAmount>
    <ram:GrandTotalAmount>{total}</ram:GrandTotalAmount><ram:DuePayableAmount>{total}</ram:DuePayableAmount>
   </ram:SpecifiedTradeSettlementHeaderMonetarySummation>
  </ram:ApplicableHeaderTradeSettlement>
 </rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>"""
    return text.encode()


def _cii_line(at: int, item: Item) -> str:
    description, quantity, price, amount = item
    return f"""
  <ram:IncludedSupplyChainTradeLineItem>
   <ram:AssociatedDocumentLineDocument><ram:LineID>{at}</ram:LineID></ram:AssociatedDocumentLineDocument>
   <ram:SpecifiedTradeProduct><ram:Name>{description}</ram:Name></ram:SpecifiedTradeProduct>
   <ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice><ram:ChargeAmount>{price}</ram:ChargeAmount>
    </ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement>
   <ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode="XBX">{quantity}</ram:BilledQuantity>
   </ram:SpecifiedLineTradeDelivery>
   <ram:SpecifiedLineTradeSettlement><ram:ApplicableTradeTax>
    <ram:RateApplicablePercent>19.00</ram:RateApplicablePercent></ram:ApplicableTradeTax><ram:SpecifiedTradeSettlementLineMonetarySummation>
    <ram:LineTotalAmount>{amount}</ram:LineTotalAmount></ram:SpecifiedTradeSettlementLineMonetarySummation>
   </ram:SpecifiedLineTradeSettlement>
  </ram:IncludedSupplyChainTradeLineItem>"""


def group_line() -> str:
    """A line of profile EXTENDED that only sums up others."""
    line = _cii_line(9, ("All of it", "1", "1040.70", "1040.70"))
    reason = "</ram:LineID><ram:LineStatusReasonCode>GROUP</ram:LineStatusReasonCode>"
    return line.replace("</ram:LineID>", reason)


def zugferd_1() -> bytes:
    """An invoice of ZUGFeRD 1.0."""
    return f"""<?xml version="1.0"?>
<rsm:CrossIndustryDocument {ONE_NAMES}>
 <rsm:HeaderExchangedDocument><ram:ID>R-9</ram:ID>
  <ram:IssueDateTime><udt:DateTimeString format="102">20140131</udt:DateTimeString></ram:IssueDateTime>
 </rsm:HeaderExchangedDocument>
 <rsm:SpecifiedSupplyChainTradeTransaction>
  <ram:ApplicableSupplyChainTradeSettlement><ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
   <ram:SpecifiedTradeSettlementMonetarySummation><ram:GrandTotalAmount currencyID="EUR">119.00</ram:GrandTotalAmount>
   </ram:SpecifiedTradeSettlementMonetarySummation></ram:ApplicableSupplyChainTradeSettlement>
  <ram:IncludedSupplyChainTradeLineItem><ram:AssociatedDocumentLineDocument><ram:IncludedNote/>
   </ram:AssociatedDocumentLineDocument></ram:IncludedSupplyChainTradeLineItem>
  <ram:IncludedSupplyChainTradeLineItem><ram:SpecifiedTradeProduct><ram:Name>Oak board</ram:Name>
   </ram:SpecifiedTradeProduct></ram:IncludedSupplyChainTradeLineItem>
 </rsm:SpecifiedSupplyChainTradeTransaction>
</rsm:CrossIndustryDocument>""".encode()


def ubl(root: str = "Invoice") -> bytes:
    """A UBL invoice, or a credit note."""
    quantity = {"Invoice": "InvoicedQuantity", "CreditNote": "CreditedQuantity"}[root]
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<{root} {UBL_NAMES.replace("Invoice-2", root + "-2")}>
 <cbc:CustomizationID>urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0</cbc:CustomizationID>
 <cbc:ID>X-1</cbc:ID><cbc:IssueDate>2026-01-02</cbc:IssueDate><cbc:DueDate>2026-02-01</cbc:DueDate>
 <cbc:{root}TypeCode>{"380" if root == "Invoice" else "381"}</cbc:{root}TypeCode>
 <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
 <cac:AccountingSupplierParty><cac:Party>
  <cac:PostalAddress><cbc:StreetName>Deichgasse 2</cbc:StreetName><cbc:CityName>Emden</cbc:CityName>
   <cbc:PostalZone>26721</cbc:PostalZone></cac:PostalAddress>
  <cac:PartyTaxScheme><cbc:CompanyID>DE136695976</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>
  </cac:PartyTaxScheme>
  <cac:PartyLegalEntity><cbc:RegistrationName>Deichbau eG</cbc:RegistrationName></cac:PartyLegalEntity>
 </cac:Party></cac:AccountingSupplierParty>
 <cac:TaxTotal><cbc:TaxAmount currencyID="EUR">19.00</cbc:TaxAmount></cac:TaxTotal>
 <cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount>
  <cbc:TaxExclusiveAmount currencyID="EUR">100.00</cbc:TaxExclusiveAmount>
  <cbc:TaxInclusiveAmount currencyID="EUR">119.00</cbc:TaxInclusiveAmount>
  <cbc:PayableAmount currencyID="EUR">119.00</cbc:PayableAmount></cac:LegalMonetaryTotal>
 <cac:{root}Line><cbc:ID>1</cbc:ID><cbc:{quantity} unitCode="HUR">4</cbc:{quantity}>
  <cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount>
  <cac:Item><cbc:Name>Dike inspection</cbc:Name><cac:ClassifiedTaxCategory><cbc:Percent>19</cbc:Percent>
  </cac:ClassifiedTaxCategory></cac:Item><cac:Price><cbc:PriceAmount>25.00</cbc:PriceAmount></cac:Price>
 </cac:{root}Line>
</{root}>""".encode()


XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
 <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
  xmp:CreatorTool="Quillpress 4">
  <dc:creator><rdf:Seq><rdf:li>Ada Ferris</rdf:li><rdf:li>Bo Lindt</rdf:li></rdf:Seq></dc:creator>
  <dc:title><rdf:Alt><rdf:li xml:lang="x-default">Invoice LW-2026-0417</rdf:li></rdf:Alt></dc:title>
 </rdf:Description>
 <rdf:Description rdf:about="" xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#">
  <fx:DocumentFileName>factur-x.xml</fx:DocumentFileName><fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>
 </rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""

SWISS_LINES = (
    *("SPC", "0200", "1", "CH4431999123000889012", "S", "Robert Schneider AG", "Rue du Lac", "1268", "2501", "Biel"),
    *("CH", "", "", "", "", "", "", "", "1949.75", "CHF", "S", "Pia-Maria Rutschmann", "Marktgasse", "28", "9400"),
    *("Rorschach", "CH", "QRR", "210000000003139471430009017", "Order of 15 June 2026", "EPD"),
    "//S1/10/10201409/11/260512/20/140.000-53/30/106017086",
)
"""The example of the Swiss guidelines, lightly changed: its names are made up there."""
EPC_LINES = (
    *("BCD", "002", "1", "SCT", "COBADEFFXXX", "Lindenwerk Office Supplies GmbH", IBAN, "EUR1238.43", "", ""),
    "LW-2026-0417",
)


def qr_bitmap(text: str, *, module_px: int = 4) -> np.ndarray:
    """A QR code with its quiet zone, black on white, as an RGB bitmap."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    gray = np.array(code.to_image(scale=module_px, add_quiet_zones=True))
    return np.repeat(gray[:, :, None], 3, axis=2)


def einvoice_pdf(
    *attached: tuple[str, bytes], page: str = PAGE, code: str | None = None, metadata: str | None = None
) -> bytes:
    """A PDF that shows `page`, character by character in columns, and carries files, a QR code, metadata."""
    document = pymupdf.open()
    sheet = document.new_page(width=595, height=842)
    for row, line in enumerate(page.strip("\n").split("\n")):
        column = 0
        for words in line.split("  "):
            if words.strip():
                lead = len(words) - len(words.lstrip())
                sheet.insert_text((40 + 6 * (column + lead), 60 + 14 * row), words.strip(), fontsize=9)
            column += len(words) + 2
    if code is not None:
        bitmap = qr_bitmap(code)
        pixmap = pymupdf.Pixmap(pymupdf.csRGB, bitmap.shape[1], bitmap.shape[0], bitmap.tobytes(), False)
        sheet.insert_image(pymupdf.Rect(60, 600, 190, 730), pixmap=pixmap)
    for name, content in attached:
        document.embfile_add(name, content, filename=name)
    if metadata is not None:
        document.set_xml_metadata(metadata)
    made: bytes = document.tobytes(deflate=True, garbage=1)
    return made
