"""What the demonstration's catalogue is cut from the public files: chosen by hand, by active part."""
# ruff: noqa: E501  (statements and lists are read by the line)

from __future__ import annotations

MUSCLE_RELAXANTS = {"baclofen", "cyclobenzaprine", "methocarbamol", "orphenadrine"}
GENERAL_SALE_MOST = 5
PRESCRIPTION_MOST = 4
STRENGTHS_MOST = 4


def _names(text: str) -> set[str]:
    return {" ".join(part.split()) for part in text.replace("\n", ",").split(",") if part.strip()}


GENERAL_SALE = _names("""
ibuprofen, acetaminophen, naproxen, aspirin, cetirizine, loratadine, fexofenadine, levocetirizine, diphenhydramine,
chlorpheniramine, famotidine, ranitidine, omeprazole, esomeprazole, lansoprazole, loperamide, bismuth subsalicylate,
calcium carbonate, simethicone, docusate, sennosides, bisacodyl, polyethylene glycol 3350, meclizine, guaifenesin,
dextromethorphan, dextromethorphan+guaifenesin, phenylephrine, oxymetazoline, doxylamine, hydrocortisone, benzoyl peroxide,
clotrimazole, terbinafine, miconazole, tolnaftate, adapalene, permethrin, minoxidil, pyrithione zinc, ketoconazole,
bacitracin, bacitracin+neomycin+polymyxin b, povidone iodine, hydrogen peroxide, isopropyl alcohol, ketotifen,
tetrahydrozoline, carboxymethylcellulose, polyvinyl alcohol, carbamide peroxide, capsaicin, lidocaine, trolamine salicylate,
nicotine, fluticasone, triamcinolone acetonide, budesonide, sodium fluoride, stannous fluoride, petrolatum, zinc oxide,
dimethicone, calamine, glycerin, magnesium hydroxide, titanium dioxide+zinc oxide, camphor synthetic+menthol, menthol,
avobenzone+homosalate+octisalate+octocrylene+oxybenzone, avobenzone+homosalate+octisalate+octocrylene, cetylpyridinium chloride,
acetaminophen+aspirin+caffeine, acetaminophen+dextromethorphan+phenylephrine, aluminum hydroxide+magnesium hydroxide+simethicone
""")
PRESCRIPTION = _names("""
tizanidine, metaxalone, dantrolene, chlorzoxazone, gabapentin, meloxicam, celecoxib, diclofenac, metformin, lisinopril, amlodipine,
losartan, atorvastatin, simvastatin, metoprolol, levothyroxine, sertraline, escitalopram, amoxicillin, azithromycin,
doxycycline, prednisone, albuterol, montelukast, pantoprazole, ondansetron, tamsulosin, warfarin, sumatriptan, hydroxyzine
""")
BLOCKED_ON_PURPOSE = _names("diazepam, carisoprodol, isotretinoin, pseudoephedrine, tramadol")

BRANDS_OF = {
    "baclofen": ("Lioresal", "Ozobax", "Kemstro", "Gablofen", "Lyflex"),
    "cyclobenzaprine": ("Flexeril", "Amrix", "Fexmid"),
    "methocarbamol": ("Robaxin",),
    "orphenadrine": ("Norflex", "Disipal"),
    "tizanidine": ("Zanaflex",), "metaxalone": ("Skelaxin",), "dantrolene": ("Dantrium",), "chlorzoxazone": ("Parafon Forte",),
    "acetaminophen": ("Tylenol", "Panadol", "Paracetamol"), "ibuprofen": ("Advil", "Motrin", "Nurofen"),
    "naproxen": ("Aleve", "Naprosyn"), "aspirin": ("Bayer", "Ecotrin"), "cetirizine": ("Zyrtec",), "loratadine": ("Claritin",),
    "fexofenadine": ("Allegra",), "levocetirizine": ("Xyzal",), "diphenhydramine": ("Benadryl",),
    "famotidine": ("Pepcid",), "ranitidine": ("Zantac",), "omeprazole": ("Prilosec", "Losec"), "esomeprazole": ("Nexium",),
    "lansoprazole": ("Prevacid",), "loperamide": ("Imodium",), "bismuth subsalicylate": ("Pepto-Bismol",),
    "calcium carbonate": ("Tums",), "docusate": ("Colace",), "sennosides": ("Senokot",), "bisacodyl": ("Dulcolax",),
    "polyethylene glycol 3350": ("MiraLAX",), "meclizine": ("Bonine", "Antivert"), "guaifenesin": ("Mucinex",),
    "dextromethorphan": ("Delsym",), "oxymetazoline": ("Afrin",), "doxylamine": ("Unisom",), "hydrocortisone": ("Cortizone",),
    "clotrimazole": ("Lotrimin", "Canesten"), "terbinafine": ("Lamisil",), "adapalene": ("Differin",), "minoxidil": ("Rogaine",),
    "ketotifen": ("Zaditor",), "tetrahydrozoline": ("Visine",), "fluticasone": ("Flonase",), "nicotine": ("Nicorette",),
    "gabapentin": ("Neurontin",), "meloxicam": ("Mobic",), "celecoxib": ("Celebrex",), "diclofenac": ("Voltaren",),
    "metformin": ("Glucophage",), "lisinopril": ("Zestril", "Prinivil"), "amlodipine": ("Norvasc",), "losartan": ("Cozaar",),
    "atorvastatin": ("Lipitor",), "simvastatin": ("Zocor",), "metoprolol": ("Lopressor", "Toprol"),
    "levothyroxine": ("Synthroid",), "sertraline": ("Zoloft",), "escitalopram": ("Lexapro",), "azithromycin": ("Zithromax",),
    "montelukast": ("Singulair",), "pantoprazole": ("Protonix",), "ondansetron": ("Zofran",), "tamsulosin": ("Flomax",),
    "warfarin": ("Coumadin",), "sumatriptan": ("Imitrex",), "diazepam": ("Valium",), "carisoprodol": ("Soma",), "tramadol": ("Ultram",),
}  # fmt: skip
BRANDS = {name.lower() for known in BRANDS_OF.values() for name in known} | {
    "children's tylenol", "tylenol extra strength", "advil liqui-gels", "advil pm", "children's advil", "excedrin migraine",
    "zyrtec allergy", "claritin 24 hour", "pepcid ac", "prilosec otc", "imodium a-d", "neosporin original", "robitussin",
    "vicks vapocool", "icy hot", "bengay", "aspercreme", "neutrogena ultra sheer", "banana boat sport", "sensodyne",
}  # fmt: skip
# Centrally authorised in the EU and usually taken by mouth.
CENTRAL = _names("""
apixaban, rivaroxaban, dabigatran etexilate, clopidogrel, prasugrel, ticagrelor, telmisartan, irbesartan, aliskiren, pregabalin,
levetiracetam, lacosamide, zonisamide, duloxetine, agomelatine, aripiprazole, olanzapine, memantine, rasagiline, safinamide,
pramipexole, sitagliptin, vildagliptin, saxagliptin, linagliptin, empagliflozin, dapagliflozin, pioglitazone, sildenafil,
tadalafil, vardenafil, raloxifene, ibandronic acid, imatinib, capecitabine, temozolomide, entecavir, voriconazole, orlistat,
esomeprazole, pantoprazole, ulipristal, desloratadine, rupatadine, mycophenolate mofetil, ivabradine, ranolazine, febuxostat,
etoricoxib, leflunomide, tolvaptan, solifenacin, mirabegron, fesoterodine, colesevelam, ezetimibe
""")
# Sold without a prescription in this demonstration.
CENTRAL_GENERAL_SALE = {"nexium control", "pantozol control", "controloc control", "somac control", "alli"}
